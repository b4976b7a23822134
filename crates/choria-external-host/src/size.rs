//! How large a message may be.

/// Bytes of a message that did not arrive on a real network; 785,600 did.
pub(crate) const LOST_SIZE: usize = 786_000;
/// Bytes of a message from which on the harness warns.
const WARN_SIZE: usize = 512_000;

/// Why a message of this size never arrives; `None` if it does. A network
/// carries about 1 MiB a message, less one layer of base64.
pub(crate) fn too_large(what: &str, bytes: usize) -> Option<String> {
    (bytes >= LOST_SIZE).then(|| {
        format!(
            "the {what} of {bytes} bytes is lost on a real network, which carries {CARRIED}: the caller gets no reply at all"
        )
    })
}

/// What a real network was seen to carry.
const CARRIED: &str = "785,600 bytes";

/// What may go wrong with a message of this size, although it arrives here.
pub(crate) fn size_warning(what: &str, bytes: usize) -> Option<String> {
    (WARN_SIZE..LOST_SIZE).contains(&bytes).then(|| {
        format!(
            "the {what} of {bytes} bytes is close to what a real network carries, {CARRIED}, and beyond it with a \
             federation"
        )
    })
}
