#pragma once

namespace yoke::sandbox {

// Forbids this process, for good, every file, every TCP address and every signal and abstract
// socket outside, as far as the kernel's Landlock can. Needs "no new privileges".
// Returns the ABI that is active, 0 where there is none.
int enter_landlock();

}  // namespace yoke::sandbox
