#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <catch2/catch.hpp>
#include <deque>

#include "models/chain_gate.h"
#include "models/limits/limits_gate.h"
#include "models/limits/minute_window.h"
#include "models/queue_length.h"
#include "tests/support/test_loop.h"

namespace yoke {
namespace {

using std::chrono::seconds;

const MinuteWindow::Time kStart{std::chrono::hours(1)};

TEST_CASE("no minute lets more through than it may, wherever it begins") {
  MinuteWindow window(2);
  window.add(1, kStart);
  window.add(1, kStart + seconds(30));
  CHECK(window.fits_at(1, kStart + seconds(40)) == kStart + seconds(60));
  CHECK(window.fits_at(2, kStart + seconds(40)) == kStart + seconds(90));
  CHECK(window.fits_at(1, kStart + seconds(60)) == kStart + seconds(60));
  CHECK(window.used(kStart + seconds(60)) == 1);
}

TEST_CASE("more than a whole minute's share goes when nothing else does") {
  MinuteWindow window(100);
  CHECK(window.fits_at(1000, kStart) == kStart);
  window.add(1000, kStart);
  CHECK(window.fits_at(1, kStart) == kStart + seconds(60));
}

TEST_CASE("an estimate in the window is put right when the bill comes") {
  MinuteWindow window(100);
  const auto entry = window.add(90, kStart);
  CHECK(window.fits_at(20, kStart) == kStart + seconds(60));
  window.correct(entry, 10);
  CHECK(window.fits_at(20, kStart) == kStart);
  CHECK(window.used(kStart + seconds(61)) == 0);
  window.correct(entry, 50);  // long gone
  CHECK(window.used(kStart + seconds(61)) == 0);
}

// A gate in virtual time, and what its requests come to.
struct Gates {
  struct Asked {
    Started<Result<Permit>> started;
    bool is_in() { return started.ended() && started.value().has_value(); }
    void leave() { started.value() = Permit(); }
  };

  LimitsGate gate;  // outlives what waits at it, and the permits
  std::deque<Asked> all;
  TestLoop loop;

  explicit Gates(const LimitSettings& limits) : gate(limits) {}

  Asked& ask(const std::string& tenant = "", std::int64_t tokens = 1,
             Deadline deadline = kNoDeadline) {
    GateRequest request{"m", tenant, tokens};
    Asked& asked = all.emplace_back();
    asked.started.on(loop.io, gate.enter(std::move(request), deadline));
    loop.settle();
    return asked;
  }
  std::optional<std::chrono::milliseconds> wait_of(std::int64_t tokens) {
    return gate.expected_wait(GateRequest{"m", "", tokens});
  }
};

TEST_CASE("of many requests at once only as many run as may, the others in turn by tenant") {
  Gates gates(LimitSettings{0, 0, 1});
  Gates::Asked& first = gates.ask("a");
  Gates::Asked& a = gates.ask("a");
  Gates::Asked& a_again = gates.ask("a");
  Gates::Asked& b = gates.ask("b");
  CHECK(first.is_in());
  CHECK_FALSE(a.started.ended());
  CHECK(waiting_at(&gates.gate) == 3);
  CHECK(waiting_at(nullptr) == 0);
  first.leave();
  gates.loop.settle();
  CHECK(a.is_in());
  a.leave();
  gates.loop.settle();
  CHECK(b.is_in());  // its first before the second of the other
  CHECK_FALSE(a_again.started.ended());
  b.leave();
  gates.loop.settle();
  CHECK(a_again.is_in());
}

TEST_CASE("a request over the minute's number waits until the oldest is a minute ago") {
  Gates gates(LimitSettings{2, 0, 0});
  gates.ask();
  gates.loop.advance(seconds(20));
  Gates::Asked& second = gates.ask();
  Gates::Asked& third = gates.ask();
  CHECK(second.is_in());
  CHECK_FALSE(third.started.ended());
  gates.loop.advance(seconds(39));
  CHECK_FALSE(third.started.ended());
  gates.loop.advance(seconds(1));
  CHECK(third.is_in());
}

TEST_CASE("tokens are counted by the minute, and one that is over them all goes by itself") {
  Gates gates(LimitSettings{0, 1000, 0});
  Gates::Asked& huge = gates.ask("", 5000);
  Gates::Asked& small = gates.ask("", 10);
  CHECK(huge.is_in());
  CHECK_FALSE(small.started.ended());
  gates.loop.advance(seconds(60));
  CHECK(small.is_in());
}

TEST_CASE("a request that waited to its deadline is told so, and the next one has its turn") {
  Gates gates(LimitSettings{0, 0, 1});
  Gates::Asked& first = gates.ask();
  Gates::Asked& late = gates.ask("", 1, LoopClock::now() + seconds(5));
  Gates::Asked& next = gates.ask();
  gates.loop.advance(seconds(5));
  REQUIRE(late.started.ended());
  CHECK(late.started.value().error().code == Errc::timed_out);
  first.leave();
  gates.loop.settle();
  CHECK(next.is_in());
}

TEST_CASE("a request that is cancelled gives up its place in the queue") {
  Gates gates(LimitSettings{0, 0, 1});
  Gates::Asked& first = gates.ask();
  asio::cancellation_signal cancel;
  bool ended = false;
  GateRequest request{"m", "", 1};
  asio::co_spawn(gates.loop.io, gates.gate.enter(request, kNoDeadline),
                 asio::bind_cancellation_slot(
                     cancel.slot(), [&ended](const std::exception_ptr& failure, const auto&) {
                       ended = failure != nullptr;
                     }));
  gates.loop.settle();
  Gates::Asked& next = gates.ask();
  cancel.emit(asio::cancellation_type::terminal);
  gates.loop.settle();
  CHECK(ended);
  first.leave();
  gates.loop.settle();
  CHECK(next.is_in());
}

TEST_CASE("how long a request would wait is reckoned from the window, the queue and the places") {
  Gates gates(LimitSettings{0, 100, 0});
  CHECK(gates.wait_of(100) == seconds(0));
  gates.ask("", 100);
  gates.loop.advance(seconds(15));
  CHECK(gates.wait_of(1) == seconds(45));
  gates.ask("", 100);
  CHECK(gates.wait_of(100) == seconds(105));
}

TEST_CASE("a wait for a place is reckoned from how long places are held") {
  Gates gates(LimitSettings{0, 0, 1});
  Gates::Asked& first = gates.ask();
  CHECK_FALSE(gates.wait_of(1));  // nothing is known yet
  gates.loop.advance(seconds(8));
  first.leave();
  CHECK(gates.wait_of(1) == seconds(0));
  gates.ask();
  CHECK(gates.wait_of(1) == seconds(8));
}

TEST_CASE("of two gates a request passes the first, then the second, and leaves both") {
  LimitsGate slots(LimitSettings{0, 0, 1});
  ChainGate chain(std::make_unique<LimitsGate>(LimitSettings{2, 0, 0}), slots);
  Started<Result<Permit>> first, second, third;
  TestLoop loop;
  const GateRequest request{"m", "", 1};
  first.on(loop.io, chain.enter(request, kNoDeadline));
  second.on(loop.io, chain.enter(request, kNoDeadline));
  third.on(loop.io, chain.enter(request, kNoDeadline));
  loop.settle();
  CHECK(first.ended());
  CHECK_FALSE(second.ended());  // waits for the slot
  first.value() = Permit();
  loop.settle();
  CHECK(second.ended());
  second.value() = Permit();
  loop.advance(seconds(59));
  CHECK_FALSE(third.ended());  // waits for the minute
  loop.advance(seconds(1));
  CHECK(third.ended());
}

}  // namespace
}  // namespace yoke
