#include <algorithm>

#include "runtime/store/memory/memory_books.h"
#include "runtime/store/memory/memory_tables.h"

// The calls of a memory store that concern money, and replies that are kept.
namespace yoke {
namespace {

bool fits(const LedgerRow& row, const LedgerFilter& filter) {
  return (filter.run_id.empty() || row.run_id == filter.run_id) &&
         (filter.tenant.empty() || row.tenant == filter.tenant) &&
         (filter.since == 0 || row.opened_at >= filter.since) &&
         (filter.until == 0 || row.opened_at < filter.until);
}

using Kept = std::map<std::string, MemoryDisk::Reply>;

void forget(MemoryDisk::Replies& replies, Kept::iterator reply) {
  replies.bytes -= static_cast<std::int64_t>(reply->second.reply.text.size());
  replies.by_key.erase(reply);
}

}  // namespace

std::int64_t MemoryBooks::held(const std::string& call_id, const BudgetKey& key) {
  const auto found = disk_.tables().open_calls.find(call_id);
  if (found == disk_.tables().open_calls.end()) return 0;
  std::int64_t held = 0;
  for (const BudgetClaim& claim : found->second.budgets) {
    if (claim.budget == key) held += store_rules::amount_reserved(key, found->second);
  }
  return held;
}

void MemoryTables::move_money(const MoneyMoves& moves, const store_rules::BudgetsAfter& budgets) {
  for (const std::string& call_id : moves.closed) close_call(call_id);
  tables_.ledger.insert(tables_.ledger.end(), moves.ledger.begin(), moves.ledger.end());
  for (const OpenCall& call : moves.opened) tables_.open_calls.emplace(call.id, call);
  for (const auto& [key, kept] : budgets) {
    tables_.budgets[key] = kept;
    tables_.budgets[key].counted = static_cast<std::int64_t>(tables_.ledger.size());
  }
}

void MemoryTables::close_call(const std::string& call_id) {
  const auto found = tables_.open_calls.find(call_id);
  if (found == tables_.open_calls.end()) return;
  for (const BudgetClaim& claim : found->second.budgets) {
    const std::int64_t amount = store_rules::amount_reserved(claim.budget, found->second);
    tables_.budgets[claim.budget].state.reserved -= amount;
  }
  tables_.open_calls.erase(found);
}

void MemoryTables::close_orphan(const OpenCall& call, Micros now) {
  tables_.ledger.push_back(store_rules::closed_as_expected(call, now));
  close_call(call.id);
}

void MemoryTables::close_orphans(const std::string& run_id, Micros now) {
  for (const OpenCall& call : open_calls()) {
    if (call.expected.run_id == run_id) close_orphan(call, now);
  }
}

Result<void> MemoryTables::charge(MoneyMoves& moves) {
  MemoryBooks books(*disk_);
  const Result<store_rules::BudgetsAfter> budgets = store_rules::weigh_moves(moves, books);
  if (!budgets) return budgets.error();
  move_money(moves, *budgets);
  disk_->sync();
  return {};
}

std::vector<BudgetRow> MemoryTables::budgets() {
  std::vector<BudgetRow> rows;
  for (const auto& [key, kept] : tables_.budgets) {
    BudgetRow& row = rows.emplace_back();
    static_cast<BudgetState&>(row) = disk_->budget(key).state;
    row.key = key;
  }
  return rows;
}

LedgerPage MemoryTables::ledger(const LedgerFilter& filter) {
  LedgerPage page;
  page.last = filter.after;
  const auto rows = static_cast<std::int64_t>(tables_.ledger.size());
  for (std::int64_t i = std::max<std::int64_t>(filter.after, 0); i < rows; ++i) {
    if (static_cast<int>(page.rows.size()) >= filter.limit) break;
    const LedgerRow& row = tables_.ledger[static_cast<std::size_t>(i)];
    if (!fits(row, filter)) continue;
    page.rows.push_back(row);
    page.last = i + 1;
  }
  return page;
}

std::vector<OpenCall> MemoryTables::open_calls() {
  std::vector<OpenCall> calls;
  for (const auto& [call_id, call] : tables_.open_calls) calls.push_back(call);
  std::stable_sort(calls.begin(), calls.end(), [](const OpenCall& a, const OpenCall& b) {
    return a.expected.opened_at < b.expected.opened_at;
  });
  return calls;
}

Result<CachedReply> MemoryTables::cached_reply(const std::string& space, const std::string& key,
                                               Micros kept_since) {
  const auto replies = tables_.replies.find(space);
  if (replies == tables_.replies.end()) return store_rules::no_such_reply(space);
  const auto found = replies->second.by_key.find(key);
  const bool there = found != replies->second.by_key.end();
  if (!there || found->second.reply.kept_at < kept_since) return store_rules::no_such_reply(space);
  return found->second.reply;
}

Result<void> MemoryTables::keep_reply(const std::string& space, const std::string& key,
                                      CachedReply& reply, const ReplyBounds& bounds) {
  MemoryDisk::Replies& replies = tables_.replies[space];
  const auto standing = replies.by_key.find(key);
  if (standing != replies.by_key.end()) forget(replies, standing);
  replies.bytes += static_cast<std::int64_t>(reply.text.size());
  replies.by_key[key] = MemoryDisk::Reply{++tables_.replies_kept, std::move(reply)};
  const auto is_older = [](const auto& a, const auto& b) {
    return std::pair(a.second.reply.kept_at, a.second.number) <
           std::pair(b.second.reply.kept_at, b.second.number);
  };
  while (!replies.by_key.empty()) {
    const auto oldest = std::min_element(replies.by_key.begin(), replies.by_key.end(), is_older);
    const bool kept = oldest->second.reply.kept_at >= bounds.kept_since &&
                      static_cast<std::int64_t>(replies.by_key.size()) <= bounds.replies_max &&
                      replies.bytes <= bounds.bytes_max;
    if (kept) break;
    forget(replies, oldest);
  }
  return {};
}

std::int64_t MemoryTables::drop_replies(const std::string& space) {
  std::int64_t dropped = 0;
  std::erase_if(tables_.replies, [&](const auto& entry) {
    const bool goes = space.empty() || entry.first == space;
    if (goes) dropped += static_cast<std::int64_t>(entry.second.by_key.size());
    return goes;
  });
  return dropped;
}

}  // namespace yoke
