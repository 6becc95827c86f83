#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tocsin_platforms_fuzz::read(data));
