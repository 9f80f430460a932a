#pragma once

namespace yoke::sandbox {

// Which of its parent's views of the machine a process has left.
struct Namespaces {
  bool user = false;
  bool network = false;
  bool ipc = false;
  bool mount = false;
};

// Leaves every namespace that the kernel lets it leave. One thread only.
Namespaces leave_namespaces();

// In a mount namespace of its own: makes an empty, read-only folder in memory its root and lets go
// of every other mount. False where that cannot be done; the root is then what it was.
bool empty_root();

}  // namespace yoke::sandbox
