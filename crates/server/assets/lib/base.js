// What stands before /persona/ in the addresses of this installation: the server puts its setting
// `base_path` in here.
export const base = "";
