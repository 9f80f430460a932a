#include "tools/broker/secrets.h"

// A library of its own: whoever asks for secrets needs no broker.
namespace yoke {

awaitable<Result<void>> SecretSource::fetch(std::vector<std::string>, std::string, Deadline) {
  co_return Result<void>();
}

}  // namespace yoke
