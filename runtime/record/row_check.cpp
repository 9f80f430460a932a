#include "runtime/record/row_check.h"

#include <algorithm>

#include "runtime/base/counted.h"
#include "runtime/base/money.h"
#include "runtime/base/text.h"
#include "runtime/journal/run_state.h"

namespace yoke {
namespace {

constexpr std::size_t kTitleBytesMax = 120;                 // as the engine writes it
constexpr std::string_view kTakeoversReason = "takeovers";  // as the store does
constexpr int kTakeoversMax = 5;                            // then it sets the run aside
// The store writes down when it stored an end, by the clock that the end itself was timed by.
constexpr Micros kStoredWithin = 60'000'000;

std::string sum_of(std::int64_t steps, NanoUsd cost) {
  return counted(steps, "step") + ", " + to_dollars(cost);
}

class RowChecker {
 public:
  RowChecker(const RunRow& row, const std::vector<Event>& events) : row_(row), events_(events) {}

  std::vector<ChainBreak> check() {
    if (events_.empty() || events_.front().kind != EventKind::run_started) return {};
    check_end();
    check_times();
    check_takeovers();
    check_start();
    check_fork();
    if (row_.erased_at == 0) check_summary();
    return std::move(breaks_);
  }

 private:
  void differs(const char* what, const std::string& row, const std::string& journal) {
    breaks_.push_back({0, std::string("its row says ") + what + " '" + printable(row) +
                              "', its journal '" + printable(journal) + "'"});
  }
  void compare(const char* what, const std::string& row, const std::string& journal) {
    if (row != journal) differs(what, row, journal);
  }

  bool is_fork() const { return !row_.fork_run.empty(); }

  // Null: the journal has no end.
  const Event* end() const {
    const auto status = spec_of(events_.back().kind).status_after;
    return status && is_final(*status) ? &events_.back() : nullptr;
  }

  void check_end() {
    if (const Event* last = end()) {
      const RunStatus status = *spec_of(last->kind).status_after;
      if (row_.status != status) {
        differs("status", std::string(name_of(row_.status)), std::string(name_of(status)));
      }
      return compare("reason", row_.reason, last->reason);
    }
    if (!is_final(row_.status) || is_set_aside()) return;
    breaks_.push_back({row_.head_seq, "its row says status '" + std::string(name_of(row_.status)) +
                                          "', and its journal has no end"});
  }

  // The store sets aside what nobody could drive, without another event.
  bool is_set_aside() const {
    return end() == nullptr && row_.status == RunStatus::quarantined &&
           row_.reason == kTakeoversReason;
  }

  void differs_in_time(const char* what, Micros row, Micros journal) {
    const auto text = [](Micros at) { return at == 0 ? std::string("never") : to_iso8601(at); };
    differs(what, text(row), text(journal));
  }

  // Times that no hash of the row covers, and that its events have.
  void check_times() {
    const auto own = std::find_if(events_.begin(), events_.end(), [this](const Event& event) {
      return event.run_id == row_.run_id;
    });
    if (own != events_.end() && row_.created_at != own->at) {
      differs_in_time("created_at", row_.created_at, own->at);
    }
    const Micros last = events_.back().at;
    const bool late = row_.finished_at - last > kStoredWithin;
    const bool early = last - row_.finished_at > kStoredWithin;
    if (end() != nullptr) {
      if (late || early) differs_in_time("finished_at", row_.finished_at, last);
    } else if (is_set_aside()) {
      if (early) differs_in_time("finished_at", row_.finished_at, last);
    } else if (!is_final(row_.status) && row_.finished_at != 0) {
      differs_in_time("finished_at", row_.finished_at, 0);
    }
  }

  // Counted while nobody gets further than taking the run over; so none are left after more events,
  // and too many set it aside.
  void check_takeovers() {
    const int most = kTakeoversMax;
    std::string journal;
    if (is_set_aside()) {
      if (row_.takeovers == most + 1) return;
      journal = std::to_string(most + 1);
    } else {
      const bool went_on = end() != nullptr || (row_.status == RunStatus::waiting &&
                                                events_.back().kind != EventKind::lease_taken);
      const int bound = went_on ? 0 : most;
      if (row_.takeovers >= 0 && row_.takeovers <= bound) return;
      journal = went_on ? "0" : "at most " + std::to_string(bound);
    }
    differs("takeovers", std::to_string(row_.takeovers), journal);
  }

  void check_start() {
    const Event& started = events_.front();
    if (started.erased) return;
    compare("tenant", row_.tenant, string_at(started.fields, "tenant"));
    compare("agent", row_.agent, string_at(started.fields, "agent"));
    compare("program", to_hex(row_.plan_hash), string_at(started.fields, "program"));
    if (is_fork()) return;
    compare("by", row_.by, string_at(started.fields, "by"));
    compare("session", row_.session, string_at(started.fields, "session"));
    const std::string parent = string_at(started.fields, "parent");
    if (parent.empty()) return;  // judges and shadows name whom they are of in their row alone
    compare("parent_run", row_.parent_run, parent);
    compare("parent_call", row_.parent_call, started.parent_call);
  }

  // A fork has its parent's start, is of no session and nobody's child.
  void check_fork() {
    if (!is_fork()) return;
    compare("session", row_.session, "");
    compare("parent_run", row_.parent_run, "");
    const auto own = std::find_if(events_.begin(), events_.end(), [this](const Event& event) {
      return event.run_id == row_.run_id;
    });
    if (own == events_.end() || own->kind != EventKind::run_forked || own->erased) return;
    compare("by", row_.by, string_at(own->fields, "by"));
    compare("fork_run", row_.fork_run, string_at(own->fields, "from"));
    compare("fork_seq", std::to_string(row_.fork_seq),
            std::to_string(integer_at(own->fields, "from_seq")));
  }

  bool has_figures_of(const RunState& state) const {
    const Json& summary = row_.summary;
    return integer_at(summary, "steps") == state.own_steps() &&
           integer_at(summary, "tokens") == state.own_tokens() &&
           integer_at(summary, "cost") == state.own_cost();
  }

  // An end's row is written before its own events are counted, which have one time; any other lags
  // behind its journal.
  bool may_have_been_written(const Event& before) const {
    return end() == nullptr ? before.run_id == row_.run_id : before.at == events_.back().at;
  }

  // A fork's row begins without what its parent had under it.
  bool has_children_of(const RunState& state) const {
    const Json& children = member_at(row_.summary, "children");
    const auto runs = static_cast<std::int64_t>(state.children.size());
    const bool counted_so =
        children.is_null() ? runs == 0 || is_fork() : integer_at(children, "runs") == runs;
    return counted_so && integer_at(children, "steps") == state.children_steps &&
           integer_at(children, "cost") == state.children_cost &&
           bool_at(row_.summary, "unpriced") == state.unpriced;
  }

  void check_summary() {
    bool own = row_.summary.size() <= 1 && end() == nullptr;  // as it began
    bool all = own;
    RunState state;
    const auto look = [&] {
      const bool same = has_figures_of(state);
      own = own || same;
      all = all || (same && has_children_of(state));
    };
    for (const Event& event : events_) {
      if (state.seq > 0 && may_have_been_written(event)) look();
      const Result<void> folded = fold_in(state, event);
      if (!folded) return;  // damaged: whoever reads the run is told
    }
    look();
    if (!own) {
      breaks_.push_back(
          {0, "its row says " +
                  figures(integer_at(row_.summary, "steps"), integer_at(row_.summary, "tokens"),
                          integer_at(row_.summary, "cost")) +
                  ", its journal " +
                  figures(state.own_steps(), state.own_tokens(), state.own_cost())});
    } else if (!all) {
      tell_children(state);
    }
    if (end() == nullptr) return;
    compare("title", string_at(row_.summary, "title"), shorten(state.task, kTitleBytesMax));
  }

  void tell_children(const RunState& state) {
    const Json& children = member_at(row_.summary, "children");
    const bool unpriced = bool_at(row_.summary, "unpriced");
    const std::string below = sum_of(integer_at(children, "steps"), integer_at(children, "cost"));
    const std::string journal = sum_of(state.children_steps, state.children_cost);
    const auto runs = static_cast<std::int64_t>(state.children.size());
    if (unpriced != state.unpriced) {
      differs("unpriced", unpriced ? "true" : "false", state.unpriced ? "true" : "false");
    } else {
      differs("children", counted(integer_at(children, "runs"), "run") + ", " + below,
              counted(runs, "run") + ", " + journal);
    }
  }

  static std::string figures(std::int64_t steps, std::int64_t tokens, std::int64_t cost) {
    return std::to_string(steps) + " steps, " + std::to_string(tokens) + " tokens, " +
           to_dollars(cost);
  }

  const RunRow& row_;
  const std::vector<Event>& events_;
  std::vector<ChainBreak> breaks_;
};

}  // namespace

std::vector<ChainBreak> check_row(const RunRow& row, const std::vector<Event>& events) {
  return RowChecker(row, events).check();
}

std::vector<ChainBreak> check_row(const RunRow& row, const std::vector<Record>& records) {
  std::vector<Event> events;
  events.reserve(records.size());
  for (const Record& record : records) {
    Result<Event> event = event_from_record(record);
    if (!event) return {{record.seq, event.error().message()}};
    events.push_back(std::move(*event));
  }
  return check_row(row, events);
}

}  // namespace yoke
