#include "runtime/loop/fair_turns.h"

#include <algorithm>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <deque>
#include <map>
#include <utility>

#include "runtime/loop/loop_end.h"

namespace yoke {
namespace {

// No tenant's name: those begin with no such sign.
constexpr const char* kUnknown = "?";

class Piece {  // of work
 public:
  virtual ~Piece() = default;
  virtual void run() = 0;
};

template <class F>
class PieceOf final : public Piece {
 public:
  explicit PieceOf(F work) : work_(std::move(work)) {}
  void run() override { std::move(work_)(); }

 private:
  F work_;
};

}  // namespace

struct FairTurns::Line {
  Line(std::shared_ptr<State> of, std::string party);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  const std::shared_ptr<Line>& line(const std::shared_ptr<Line>& self) const { return self; }

  const std::shared_ptr<State> state;  // shared by FairTurns and its lines
  const std::string name;
  std::deque<std::unique_ptr<Piece>> waiting;
  std::int64_t served = 0;  // handlers, and what it did not ask for in time to have it
};

struct FairTurns::Seat {
  const std::shared_ptr<Line>& line(const std::shared_ptr<Seat>&) const { return taken; }

  std::shared_ptr<Line> taken;
};

struct FairTurns::State {
  explicit State(const asio::any_io_executor& executor)
      : loop(executor), end(executor, [this] { drop(); }) {}

  // What waits owns coroutines, and those own their line: it would keep itself alive.
  void drop() {
    ended = true;
    const auto dropped = std::exchange(ready, {});
    for (const auto& [place, line] : dropped) std::exchange(line->waiting, {}).clear();
  }

  static std::shared_ptr<Line> line(const std::shared_ptr<State>& self, const std::string& party);
  static void add(const std::shared_ptr<Line>& line, std::unique_ptr<Piece> piece);
  static void serve_later(const std::shared_ptr<State>& self);
  static void serve(const std::shared_ptr<State>& self);
  void queue_up(const std::shared_ptr<Line>& line);
  bool gives_way(const Line& line, int handlers) const;
  void serve_row(const std::shared_ptr<Line>& line);

  const asio::any_io_executor loop;
  std::map<std::string, std::weak_ptr<Line>> lines;  // each removes itself
  using Place =
      std::pair<std::int64_t, std::int64_t>;     // how much it was served; since when it waits
  std::map<Place, std::shared_ptr<Line>> ready;  // those where something waits
  std::int64_t queued_up = 0;                    // how often one did
  std::int64_t reached = 0;                      // how much the last one was served
  const Line* serving = nullptr;                 // whose handler runs
  bool called = false;                           // serve() is on its way
  bool ended = false;                            // the loop has gone
  LoopEnd end;
};

FairTurns::Line::Line(std::shared_ptr<State> of, std::string party)
    : state(std::move(of)), name(std::move(party)) {}

FairTurns::Line::~Line() {
  const auto entry = state->lines.find(name);
  if (entry != state->lines.end() && entry->second.expired()) state->lines.erase(entry);
}

std::shared_ptr<FairTurns::Line> FairTurns::State::line(const std::shared_ptr<State>& self,
                                                        const std::string& party) {
  std::weak_ptr<Line>& known = self->lines[party];
  std::shared_ptr<Line> line = known.lock();
  if (!line) known = line = std::make_shared<Line>(self, party);
  return line;
}

void FairTurns::State::add(const std::shared_ptr<Line>& line, std::unique_ptr<Piece> piece) {
  State& state = *line->state;
  if (state.ended) return;
  line->waiting.push_back(std::move(piece));
  if (line->waiting.size() == 1 && state.serving != line.get()) {
    line->served = std::max(line->served, state.reached - kCredit);
    state.queue_up(line);
  }
  serve_later(line->state);
}

void FairTurns::State::serve_later(const std::shared_ptr<State>& self) {
  if (self->called || self->ready.empty()) return;
  self->called = true;
  asio::post(self->loop, [self] { serve(self); });
}

void FairTurns::State::queue_up(const std::shared_ptr<Line>& line) {
  ready.emplace(Place{line->served, ++queued_up}, line);
}

// Whether another's turn has come.
bool FairTurns::State::gives_way(const Line& line, int handlers) const {
  if (handlers >= kRow) return true;
  return !ready.empty() && ready.begin()->first.first + kRow < line.served;
}

// One row; then the loop looks what else there is.
void FairTurns::State::serve(const std::shared_ptr<State>& self) {
  struct Again {  // also after a handler that threw
    explicit Again(const std::shared_ptr<State>& of) : state(of) {}
    ~Again() {
      state->called = false;
      serve_later(state);
    }
    const std::shared_ptr<State>& state;
  };
  const Again again(self);
  if (self->ready.empty()) return;
  const std::shared_ptr<Line> line = std::move(self->ready.begin()->second);
  self->ready.erase(self->ready.begin());
  self->serve_row(line);
}

void FairTurns::State::serve_row(const std::shared_ptr<Line>& line) {
  struct Serving {
    Serving(State& of, const std::shared_ptr<Line>& whose) : state(of), line(whose) {
      state.serving = line.get();
    }
    ~Serving() {
      state.serving = nullptr;
      if (!line->waiting.empty()) state.queue_up(line);
    }
    State& state;
    const std::shared_ptr<Line>& line;
  };
  const Serving serving_now(*this, line);
  for (int i = 0; !line->waiting.empty() && !gives_way(*line, i); ++i) {
    reached = line->served++;
    const std::unique_ptr<Piece> piece = std::move(line->waiting.front());
    line->waiting.pop_front();
    piece->run();
  }
}

// What Asio asks of an executor: of a line, or of a seat. Copied with each handler: small enough
// for any_io_executor to keep it in itself.
template <class Place>
class FairTurns::Executor {
 public:
  explicit Executor(std::shared_ptr<Place> place) : place_(std::move(place)) {}

  template <class F>
  void execute(F&& work) const {
    const std::shared_ptr<Line>& line = place_->line(place_);
    if (!later_ && line->state->serving == line.get()) {
      std::forward<F>(work)();
      return;
    }
    State::add(line, std::make_unique<PieceOf<std::decay_t<F>>>(std::forward<F>(work)));
  }

  asio::execution_context& query(asio::execution::context_t) const noexcept {
    return asio::query(line()->state->loop, asio::execution::context);
  }
  asio::execution::blocking_t query(asio::execution::blocking_t) const noexcept {
    if (later_) return asio::execution::blocking.never;
    return asio::execution::blocking.possibly;
  }
  Executor require(asio::execution::blocking_t::never_t) const { return with(true); }
  Executor require(asio::execution::blocking_t::possibly_t) const { return with(false); }

  bool operator==(const Executor& other) const noexcept {
    return place_ == other.place_ && later_ == other.later_;
  }
  bool operator!=(const Executor& other) const noexcept { return !(*this == other); }

  const Line* line() const { return place_->line(place_).get(); }
  Place& place() const { return *place_; }

 private:
  Executor with(bool later) const {
    Executor other = *this;
    other.later_ = later;
    return other;
  }

  std::shared_ptr<Place> place_;  // shared by all that may still run on it
  bool later_ = false;            // never inside execute()
};

FairTurns::FairTurns(const asio::any_io_executor& loop) : state_(std::make_shared<State>(loop)) {}

FairTurns::~FairTurns() = default;

namespace {

// There for as long as the loop is.
class TurnsService final : public asio::execution_context::service {
 public:
  using key_type = TurnsService;
  inline static asio::execution_context::id id;

  explicit TurnsService(asio::execution_context& context)
      : service(context), turns(static_cast<asio::io_context&>(context).get_executor()) {}

  FairTurns turns;

 private:
  void shutdown() override {}
};

}  // namespace

FairTurns& FairTurns::of(const asio::any_io_executor& executor) {
  auto& context = asio::query(executor, asio::execution::context);
  return asio::use_service<TurnsService>(context).turns;
}

asio::any_io_executor FairTurns::line(const std::string& party) {
  return Executor<Line>(State::line(state_, party));
}

asio::any_io_executor FairTurns::seat() {
  auto seat = std::make_shared<Seat>();
  seat->taken = State::line(state_, kUnknown);
  return Executor<Seat>(std::move(seat));
}

std::size_t FairTurns::lines() const { return state_->lines.size(); }

void move_seat(const asio::any_io_executor& seat, const std::string& party) {
  const auto* of_seat = seat.target<FairTurns::Executor<FairTurns::Seat>>();
  if (of_seat == nullptr) return;
  std::shared_ptr<FairTurns::Line>& taken = of_seat->place().taken;
  const std::shared_ptr<FairTurns::State> state = taken->state;
  if (taken->name != party) taken = FairTurns::State::line(state, party);
}

const void* line_of(const asio::any_io_executor& executor) {
  const auto* of_line = executor.target<FairTurns::Executor<FairTurns::Line>>();
  if (of_line != nullptr) return of_line->line();
  const auto* of_seat = executor.target<FairTurns::Executor<FairTurns::Seat>>();
  return of_seat == nullptr ? nullptr : of_seat->line();
}

}  // namespace yoke
