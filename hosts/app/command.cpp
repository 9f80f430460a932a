#include "hosts/app/command.h"

#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "runtime/base/text.h"

namespace yoke {

int exit_of(const Error& error) {
  const bool usage = error.code == Errc::invalid || error.code == Errc::unsupported;
  return usage ? kExitUsage : kExitFailed;
}

int exit_of(RunStatus status, const std::string& reason) {
  switch (status) {
    case RunStatus::completed:
      return kExitCompleted;
    case RunStatus::waiting:
      return kExitWaiting;
    case RunStatus::cancelled:
      return kExitCancelled;
    default:
      return reason.starts_with("limit.") ? kExitLimit : kExitFailed;
  }
}

int fail(Terminal& terminal, const Error& error) {
  terminal.line("yoke: " + printable(error.message()));
  return exit_of(error);
}

int run_to_end(asio::io_context& io, Terminal& terminal, awaitable<int> work) {
  int status = kExitFailed;
  std::exception_ptr failure;
  asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown, int returned) {
    failure = thrown;
    status = returned;
    io.stop();
  });
  io.run();
  const int lost = terminal.out_error();
  if (lost != 0 && lost != EPIPE) {  // a reader that has gone has seen enough
    terminal.line("yoke: cannot write to standard output: " +
                  std::generic_category().message(lost));
    if (status == kExitCompleted) status = kExitFailed;
  }
  if (!failure) return status;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& fault) {
    terminal.line(std::string("yoke: ") + printable(fault.what()));
  }
  return kExitFailed;
}

std::string user_name() {
  if (const char* user = std::getenv("USER"); user != nullptr && *user != '\0') return user;
  const passwd* entry = ::getpwuid(::getuid());
  return entry == nullptr ? "local" : entry->pw_name;
}

}  // namespace yoke
