#pragma once

#include <string>

#include "hosts/config/config.h"
#include "runtime/loop/asio.h"

namespace yoke {

// Whether `--to` names a collector and not a file.
bool is_collector(const std::string& to);

// Sends the body of an OTLP request to a collector's traces, with the headers of [telemetry] where
// that is the collector it names. Errors name the address: invalid (the section), unavailable
// (nobody there, no answer within 30 s, or it does not take them, or not all).
awaitable<Result<void>> post_spans(Config config, std::string url, std::string body);

}  // namespace yoke
