//! Where `H` puts a job: a hash of its name, the same on every machine and in every version.
//!
//! Flow: `item` → **`hash`**. Never change it: every `H` schedule in the world would move.

/// The start value of FNV-1a with 64 bits.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
/// The factor of FNV-1a with 64 bits.
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// Returns the FNV-1a hash with 64 bits.
fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

/// Returns a number below `count` for a seed and a field: FNV-1a of `seed`, a zero byte and the field's name, its
/// upper half folded onto the lower since FNV mixes the upper bits better.
pub(super) fn spread(seed: &str, field: &str, count: u32) -> u32 {
    let hash = fnv1a(seed.bytes().chain([0]).chain(field.bytes()));
    ((hash ^ hash >> 32) as u32) % count.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv1a_as_published() {
        assert_eq!(fnv1a("".bytes()), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a("a".bytes()), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a("foobar".bytes()), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn names_that_differ_little_are_spread_over_the_field() {
        let mut minutes = [0_u32; 60];
        for job in 0..6_000 {
            minutes[spread(&format!("job-{job}"), "minute", 60) as usize] += 1;
        }
        assert!(minutes.iter().all(|jobs| (60..160).contains(jobs)), "{minutes:?}");
    }
}
