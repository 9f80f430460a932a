#include <fcntl.h>
#include <unistd.h>

#include <exception>
#include <iostream>

#include "hosts/cli/commands.h"
#include "sandbox/worker/zygote.h"

namespace {

// A file opened later must not take the place of a standard stream that the caller has closed.
void fill_standard_streams() {
  for (int stream = 0; stream <= 2; ++stream) {
    if (::fcntl(stream, F_GETFD) >= 0) continue;
    if (::open("/dev/null", stream == 0 ? O_RDONLY : O_WRONLY) != stream) ::_exit(1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  fill_standard_streams();
  if (const auto status = yoke::sandbox::run_if_zygote(argc, argv)) return *status;
  try {
    return yoke::run_command_line(argc, argv);
  } catch (const std::exception& fault) {
    std::cerr << "yoke: " << fault.what() << "\n";
    return 1;
  }
}
