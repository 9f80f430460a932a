#pragma once

#include <functional>
#include <vector>

#include "runtime/loop/asio.h"

namespace yoke {

// Starts `count` pieces of work at a fixed rate, whatever becomes of those before: what comes late
// because another one was slow counts as late. Milliseconds each from when it was due; throws what
// the first one that fails throws.
std::vector<double> run_paced(asio::io_context& io, double a_second, int count,
                              const std::function<asio::awaitable<void>()>& work);

}  // namespace yoke
