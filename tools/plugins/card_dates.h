#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/json.h"

namespace yoke {

// Dates of cards: ISO 8601 texts, shown as they stand there or moved to UTC where they have an
// offset. `format` is .NET's: "yyyy-MM-dd", "dddd, d MMMM", or one letter as "D"; empty: ISO 8601.
// English names. Null: that is no date.
Json format_card_date(std::string_view date, std::string_view format);
Json format_card_epoch(std::int64_t seconds, std::string_view format);
Json add_to_card_date(std::string_view date, std::int64_t seconds, std::string_view format);

}  // namespace yoke
