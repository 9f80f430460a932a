#pragma once

#include <optional>
#include <string_view>

namespace yoke::local {

// How far a server's line says that loading has come, in percent; none: it says nothing of it.
// Known are vLLM's and SGLang's bars ("Loading safetensors checkpoint shards:  50% Completed") and
// llama.cpp's dots, one for each percent.
std::optional<int> load_percent(std::string_view line);

}  // namespace yoke::local
