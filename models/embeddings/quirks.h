#pragma once

#include <cstddef>
#include <string_view>

namespace yoke {

// How a vendor differs from the protocol that it makes vectors by. Plain data.
struct EmbedQuirks {
  std::size_t texts_max = 0;             // in one request; 0: as many as the protocol takes
  std::string_view dimensions_key = {};  // of the wanted length; empty: the protocol's own
};

}  // namespace yoke
