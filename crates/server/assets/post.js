// Posts the answer for a site by itself; without scripts, the page's button does.

document.getElementById("post").submit();
