//! The shell executor on real processes, control groups and folders of this host.
//!
//! `behaviour`: how runs end, what they see, what they leave. `ends`: what is told of it. `identity`: who they run as.
//! `isolation`: what they cannot get at. `limits`: what the kernel holds. `groups`: bombs, hogs and many runs in the same
//! few groups. `namespace`: runs that see no processes but their own. `descent`: runs that no group holds. `adopt`,
//! `adoption`: what a later worker process finds, without shims and with them. `standby`: the start that is prepared
//! ahead. `full_disk`: runs without room. A test that this host cannot give says why it skips.

#[cfg(test)]
mod adopt;
#[cfg(test)]
mod adoption;
#[cfg(test)]
mod behaviour;
#[cfg(test)]
mod clocks;
#[cfg(test)]
mod descent;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod ends;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod namespace;
#[cfg(test)]
mod standby;
#[cfg(test)]
mod support;
