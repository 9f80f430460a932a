#include "tools/workers/watch.h"

#include <sys/wait.h>

#include <csignal>
#include <cstring>

namespace yoke {

std::optional<std::string> reason_to_kill(const WorkerUse& use, const WorkerGrace& grace) {
  if (use.starting > grace.start_wall) return "did not start";
  if (use.busy_cpu > use.busy_allowed + grace.cpu) {
    return "used more processor time than its calls may";
  }
  if (use.is_stopping && !use.others_compute &&
      (use.stopping_cpu > grace.cpu || use.stopping_wall > grace.stop_wall)) {
    return "did not stop a call when it was told to";
  }
  return std::nullopt;
}

std::string describe_end(int code, int status) {
  if (code == CLD_EXITED) {
    return status == 0 ? "ended by itself" : "ended with the status " + std::to_string(status);
  }
  if (status == SIGSYS) return "made a system call that no script's worker may make";
  if (status == SIGKILL) return "was killed from outside, or for lack of memory";
  if (status == SIGXCPU) return "used up its processor time";
  const char* const name = ::strsignal(status);
  return std::string("crashed (") + (name == nullptr ? "an unknown signal" : name) + ")";
}

}  // namespace yoke
