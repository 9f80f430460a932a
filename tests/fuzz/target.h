#pragma once

#include <cstddef>
#include <cstdint>

// What libFuzzer calls with each input, and so does replay.cpp. It returns 0, or aborts through
// ENSURE where the code under test broke a promise.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
