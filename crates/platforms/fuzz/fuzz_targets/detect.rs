#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let payload = tocsin_platforms_fuzz::payload(data);
    let _ = tocsin_platforms::detect::of_payloads(std::slice::from_ref(&payload));
});
