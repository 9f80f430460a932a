#pragma once

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/engine/feed.h"
#include "runtime/loop/signal.h"

namespace yoke {

// Where a reader of a run stands: after the event `seq`, and after so many live items that came
// since.
struct FeedPosition {
  std::int64_t seq = 0;
  std::int64_t offset = 0;

  friend auto operator<=>(const FeedPosition&, const FeedPosition&) = default;
};
// "7" or "7:12", as in Last-Event-ID. Errors: invalid.
Result<FeedPosition> feed_position(std::string_view text);
std::string to_text(const FeedPosition& position);

struct LiveDelta {
  std::string call_id;
  Delta delta;
};
struct LiveProgress {
  std::string call_id;
  double done = 0;
  double total = 0;
  std::string message;
};
struct LiveReset {};  // what streamed since the last event is void, or was lost on the way

// One thing that a run's readers are told. Shared by all of them.
class FeedItem {
 public:
  using What = std::variant<Event, LiveDelta, LiveProgress, LiveReset>;
  FeedItem(std::string run_id, FeedPosition at, What what);

  const FeedPosition& at() const { return at_; }  // to go on from, once it is told
  const What& what() const { return what_; }
  bool is_event() const { return std::holds_alternative<Event>(what_); }
  std::string_view kind() const;    // "tool.called", "delta.text", "tool.progress", "reset"
  const std::string& json() const;  // as `yoke runs events --json` shows it; made once
  std::size_t size() const;         // about, in memory, with its text made

 private:
  std::string run_id_;
  FeedPosition at_;
  What what_;
  mutable std::string json_;
};
using FeedItemRef = std::shared_ptr<const FeedItem>;

// Runs as they go, for whoever follows them: first the journal, then live, with nothing missed in
// between. Live items are kept within a bound for each run; a reader who falls behind it loses live
// items and is told by a reset, but no event, which is read from the journal again.
//
// Ownership: borrows engine and store, which outlive it; readers end before it does.
// Threads:   loop thread only.
class RunFeed final : public Listener {
 public:
  struct Options {
    std::size_t bytes_max = 256 * 1024;  // of what is kept of one run
  };
  RunFeed(Engine& engine, Store& store, Options options);
  RunFeed(Engine& engine, Store& store) : RunFeed(engine, store, Options{}) {}
  ~RunFeed() override;
  RunFeed(const RunFeed&) = delete;
  RunFeed& operator=(const RunFeed&) = delete;

  class Reader;
  std::size_t readers() const { return readers_; }
  // This process leaves: readers are told what there is, then that it is the end here.
  void close();
  bool is_closed() const { return closed_; }

  void on_event(const Event& event) override;
  void on_delta(std::string_view run_id, std::string_view call_id, const Delta& delta) override;
  void on_progress(std::string_view run_id, std::string_view call_id, double done, double total,
                   std::string_view message) override;
  void on_log(std::string_view, std::string_view, std::string_view, std::string_view) override {}

 private:
  struct Channel;
  Channel* find(std::string_view run_id);
  Channel& channel_of(const std::string& run_id);
  void push_live(std::string_view run_id, FeedItem::What what);
  void trim(Channel& channel) const;
  void leave(const std::string& run_id);

  Engine& engine_;
  Store& store_;
  const Options options_;
  // Of runs that are followed, or of which something may stream.
  std::map<std::string, std::unique_ptr<Channel>, std::less<>> channels_;
  std::size_t readers_ = 0;
  bool closed_ = false;
};

// Follows one run, one wait at a time.
class RunFeed::Reader {
 public:
  Reader(RunFeed& feed, std::string run_id, FeedPosition from);
  // From where a run was just created, which saves a look into its journal.
  static std::unique_ptr<Reader> of_new_run(RunFeed& feed, const Claim& claim);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  enum class Why : std::uint8_t {
    item,    // there is one
    quiet,   // nothing came until then, or somebody nudged
    ended,   // the run has ended, and its last event was told
    closed,  // the feed was closed
  };
  struct Next {
    Why why = Why::quiet;
    FeedItemRef item = {};
  };
  // Errors: not_found (no such run), unavailable (its journal is damaged).
  awaitable<Result<Next>> next(Deadline until);
  const FeedPosition& position() const { return position_; }
  void nudge();  // ends the wait, or the next one, as quiet

 private:
  awaitable<Result<void>> read_journal();
  awaitable<Result<void>> look_whether_ended();
  void stand_at(const FeedPosition& place);
  FeedItemRef take();
  FeedItemRef take_live();
  FeedItemRef told(FeedItemRef item);
  FeedItemRef lost();

  RunFeed& feed_;
  const std::string run_id_;
  FeedPosition position_;
  Channel& channel_;  // kept for as long as it has readers
  std::deque<FeedItemRef> backlog_;
  std::uint64_t index_ = 0;   // of the next item in the channel
  bool in_journal_ = true;    // what is there is to be read first
  bool looked_ = false;       // whether it ended before
  bool passes_live_ = false;  // some of this step was lost: no more of it until its event
  bool ended_ = false;
  bool nudged_ = false;
  Signal came_;
  std::list<Signal*>::iterator place_;
};

}  // namespace yoke
