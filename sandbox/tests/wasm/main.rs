//! The sandbox for modules, on the real engine: what it gives, what it holds, how it tells each end.

#[cfg(test)]
mod clocks;
#[cfg(test)]
mod compiled;
#[cfg(test)]
mod components;
#[cfg(test)]
mod demo;
#[cfg(test)]
#[path = "../shell/disk.rs"]
mod disk;
#[cfg(test)]
mod ends;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod host;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod inspect;
#[cfg(test)]
mod languages;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod network;
#[cfg(test)]
mod plugins;
#[cfg(test)]
mod probe;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod smith;
#[cfg(test)]
mod support;
