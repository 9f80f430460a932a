#pragma once

namespace yoke::sandbox {

// Forbids this process, for good, every file, every TCP address and every signal and abstract
// socket outside, as far as the kernel's Landlock can. Needs "no new privileges".
// Returns the ABI that is active, 0 where there is none.
int enter_landlock();
// The same, but for reading and running what lies below `paths`, a list that ends with null; one
// that is not there is left out. System calls alone: for a child of a process that has threads.
int enter_landlock_reading(const char* const* paths) noexcept;

}  // namespace yoke::sandbox
