#pragma once

#include <vector>

#include "runtime/store/outbox.h"
#include "runtime/store/sqlite/database.h"

// The outbox as the database keeps it: for the writer and the readers alike.
namespace yoke::sqlite {

// Values of outbox.state.
inline constexpr int kOutboxFirst = 0;   // of its lane
inline constexpr int kOutboxBehind = 1;  // another of its lane
inline constexpr int kOutboxSent = 2;
inline constexpr int kOutboxGivenUp = 3;
OutboxState outbox_state(std::int64_t stored);

// Columns as the view outbox_rows has them.
OutboxRow outbox_row_from(const Query& query);
std::vector<OutboxRow> outbox_page(Database& database, const OutboxFilter& filter);
Micros next_outbox_at(Database& database, std::int64_t epoch);

}  // namespace yoke::sqlite
