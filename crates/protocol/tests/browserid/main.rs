//! `BrowserID` as `browserid.md` describes it, a module for each of its sections, and the bundles
//! that two independent verifiers accepted (`tests/vectors/browserid.json`).

#[cfg(test)]
mod dsa;
#[cfg(test)]
mod forge;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod section_1_3;
#[cfg(test)]
mod section_1_4;
#[cfg(test)]
mod section_3_1;
#[cfg(test)]
mod section_3_3;
#[cfg(test)]
mod section_4_1;
#[cfg(test)]
mod section_4_3;
#[cfg(test)]
mod section_5_1;
#[cfg(test)]
mod section_5_3;
#[cfg(test)]
mod section_8_1;
#[cfg(test)]
mod section_8_1_f9_f10;
#[cfg(test)]
mod section_9_2;
