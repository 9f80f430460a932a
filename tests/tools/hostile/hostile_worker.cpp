#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>

#include "sandbox/worker/frame.h"
#include "sandbox/worker/socket.h"
#include "sandbox/worker/zygote.h"
#include "sandbox/worker/zygote_frame.h"

// Stands in for the zygote, with workers that speak wrongly on purpose. How, is the name of the
// file that is run: a zygote has no other word from its host. For the tests alone.
namespace yoke::sandbox::test {

namespace {

// One worker's side of the conversation.
class Liar {
 public:
  explicit Liar(int socket) : socket_(socket) {}

  void say(std::uint32_t call, const FromWorker& frame) {
    if (!send_message(socket_, encode(call, frame))) ::_exit(0);  // the host has gone
  }
  void say_ready() { say(0, ReadyFrame{all_layers()}); }
  void say_raw(std::string_view bytes) {
    if (::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0 && errno == EPIPE) ::_exit(0);
  }
  void say_body(std::uint8_t type, std::uint32_t call, std::string body) {
    if (!send_message(socket_, Message{type, call, std::move(body)})) ::_exit(0);
  }

  // Waits for a frame of this kind, answers those before it as they should be; its call.
  template <class Frame>
  std::uint32_t await() {
    Assembler packets(kBodyBytesMax);
    std::string buffer;
    for (;;) {
      if (receive_packet(socket_, buffer, Wait::yes) != Received::packet) ::_exit(0);
      auto message = packets.add(buffer);
      if (!message || !*message) continue;
      const auto frame = decode_to_worker(**message);
      if (!frame) ::_exit(9);
      if (std::holds_alternative<Frame>(*frame)) return (*message)->call;
      if (std::holds_alternative<DefineFrame>(*frame)) say((*message)->call, definition());
    }
  }
  void say_nothing() { ::send(socket_, "", 0, MSG_NOSIGNAL); }
  [[noreturn]] void wait_for_ever() {
    for (;;) ::pause();
  }

  static DefinedFrame definition() {
    Definition tool;
    tool.kind = "tool";
    tool.fields = Json{{"name", "a.b"}, {"description", "d"}};
    tool.functions = {"run"};
    tool.line = 1;
    return DefinedFrame{{tool}, {}};
  }
  static Layers all_layers() {
    Layers layers;
    layers.no_new_privileges = layers.no_capabilities = layers.limits = layers.seccomp = true;
    return layers;
  }
  static EndedFrame done() { return EndedFrame{Done{Json("forged")}, {}}; }
  static AskedFrame question() { return AskedFrame{HostCall{"kv", "get", Json::array({"a"})}, 0}; }

 private:
  int socket_;
};

std::string packet_of(std::uint32_t total, std::uint32_t offset, std::size_t bytes) {
  std::string packet = *packet_at(Message{4, 1, std::string(bytes, 'x')}, 0);
  std::memcpy(packet.data() + 8, &total, sizeof total);
  std::memcpy(packet.data() + 12, &offset, sizeof offset);
  return packet;
}

// Of the processor, not on the wall.
void compute_for(std::chrono::nanoseconds time) {
  const std::clock_t end = std::clock() + time.count() * CLOCKS_PER_SEC / 1'000'000'000;
  while (std::clock() < end) {
  }
}

using Lie = std::function<void(Liar&)>;
using Lies = std::map<std::string_view, Lie>;

// Before it was ever of use.
void add_false_starts(Lies& all) {
  all["handles_are_lost"] = [](Liar& liar) { liar.say_ready(); };  // by what stands for the zygote
  all["silent"] = [](Liar& liar) { liar.wait_for_ever(); };
  all["first_frame_is_another"] = [](Liar& liar) { liar.say(1, Liar::done()); };
  all["no_packet"] = [](Liar& liar) { liar.say_raw("hello, this is no packet at all"); };
  all["packet_too_long"] = [](Liar& liar) { liar.say_raw(std::string(kPacketBytesMax + 1, 'x')); };
  all["body_of_16_mb"] = [](Liar& liar) { liar.say_raw(packet_of(16 << 20, 0, 64)); };
  all["half_a_message"] = [](Liar& liar) {
    liar.say_raw(packet_of(1'000, 0, 64));
    liar.say_ready();
  };
  all["half_a_message_and_gone"] = [](Liar& liar) { liar.say_raw(packet_of(1'000, 0, 64)); };
  all["no_json"] = [](Liar& liar) { liar.say_body(1, 0, "{\"layers\":"); };
  all["json_too_deep"] = [](Liar& liar) { liar.say_body(1, 0, std::string(100'000, '[')); };
  all["unknown_type"] = [](Liar& liar) { liar.say_body(77, 0, "{}"); };
  all["unknown_field"] = [](Liar& liar) { liar.say_body(1, 0, "{\"layers\":{},\"more\":1}"); };
}

// In the middle of a call.
void add_breaches(Lies& all) {
  all["ready_twice"] = [](Liar& liar) {
    liar.say_ready();
    liar.await<StartFrame>();
    liar.say_ready();
  };
  all["another_call"] = [](Liar& liar) {
    liar.say_ready();
    liar.say(liar.await<StartFrame>() + 1'000, Liar::done());
  };
  all["ends_twice"] = [](Liar& liar) {
    liar.say_ready();
    const std::uint32_t call = liar.await<StartFrame>();
    liar.say(call, Liar::question());
    liar.await<AnswerFrame>();
    liar.say(call + 1, Liar::done());
  };
  all["asks_without_end"] = [](Liar& liar) {
    liar.say_ready();
    const std::uint32_t call = liar.await<StartFrame>();
    for (int i = 0; i < 1'000'000; ++i) liar.say(call, Liar::question());
  };
  all["says_without_end"] = [](Liar& liar) {
    liar.say_ready();
    const std::uint32_t call = liar.await<StartFrame>();
    SaidFrame line;
    line.level = "info";
    line.text = std::string(1'000, 'x');
    for (int i = 0; i < 1'000'000; ++i) liar.say(call, line);
  };
  all["exits"] = [](Liar& liar) {
    liar.say_ready();
    liar.await<StartFrame>();
    ::_exit(0);
  };
  all["crashes"] = [](Liar& liar) {
    liar.say_ready();
    liar.await<StartFrame>();
    ::kill(::getpid(), SIGSEGV);
  };
  all["stalls"] = [](Liar& liar) {
    liar.say_ready();
    liar.await<StartFrame>();
    liar.wait_for_ever();
  };
  all["stalls_while_it_reads"] = [](Liar& liar) {
    liar.say_ready();
    liar.await<DefineFrame>();
    liar.wait_for_ever();
  };
  all["computes_for_ever"] = [](Liar& liar) {
    liar.say_ready();
    liar.await<StartFrame>();
    for (;;) asm volatile("");
  };
}

// What it says of itself is not so.
void add_false_accounts(Lies& all) {
  all["says_levels_without_end"] = [](Liar& liar) {
    liar.say_ready();
    const std::uint32_t call = liar.await<StartFrame>();
    SaidFrame line;
    line.level = std::string(100'000, 'x');
    for (int i = 0; i < 1'000; ++i) liar.say(call, line);
    liar.say(call, Liar::done());
  };
  all["says_an_empty_packet"] = [](Liar& liar) {
    liar.say_ready();
    liar.await<StartFrame>();
    liar.say_nothing();
    liar.wait_for_ever();
  };
  all["used_time_beyond_counting"] = [](Liar& liar) {
    liar.say_ready();
    AskedFrame question = Liar::question();
    question.cpu_us = std::numeric_limits<std::int64_t>::max() / 1'000 * 2;
    liar.say(liar.await<StartFrame>(), question);
    liar.wait_for_ever();
  };
  all["hides_its_time"] = [](Liar& liar) {
    liar.say_ready();
    const std::uint32_t call = liar.await<StartFrame>();
    for (int i = 0; i < 20; ++i) {
      compute_for(std::chrono::milliseconds(120));
      liar.say(call, Liar::question());  // it says that it took none
      liar.await<AnswerFrame>();
    }
    liar.say(call, Liar::done());
  };
}

void report(ZygoteReport report, std::array<int, 2> handles) {
  iovec part{&report, sizeof report};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof handles)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (handles[0] >= 0) {
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof handles);
    std::memcpy(CMSG_DATA(head), handles.data(), sizeof handles);
  }
  ::sendmsg(kZygoteSocket, &message, MSG_NOSIGNAL);
}

std::string own_name() {
  std::array<char, 4'096> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  const std::string whole(path.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  return whole.substr(whole.rfind('/') + 1);
}

void spawn(const SpawnOrder& order, const Lie& lie) {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) ::_exit(1);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    ::close(kZygoteSocket);
    ::close(ends[0]);
    Liar liar(ends[1]);
    lie(liar);
    ::_exit(0);
  }
  ZygoteReport spawned;
  spawned.kind = ZygoteReport::Kind::spawned;
  spawned.id = order.id;
  spawned.pid = pid;
  const auto pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  const bool lost = own_name() == "handles_are_lost";
  report(spawned, lost ? std::array<int, 2>{-1, -1} : std::array<int, 2>{ends[0], pidfd});
  ::close(pidfd);
  ::close(ends[0]);
  ::close(ends[1]);
}

void reap() {
  siginfo_t info{};
  while (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0) {
    ZygoteReport ended;
    ended.kind = ZygoteReport::Kind::ended;
    ended.pid = info.si_pid;
    ended.code = info.si_code;
    ended.status = info.si_status;
    report(ended, {-1, -1});
    info = {};
  }
}

int serve_as_zygote(const Lie& lie) {
  struct sigaction on_child {};
  on_child.sa_handler = [](int) {};
  ::sigaction(SIGCHLD, &on_child, nullptr);  // no restart: it ends the wait below
  for (;;) {
    reap();
    SpawnOrder order;
    const timeval look{0, 20'000};  // a child may have gone just before the wait began
    ::setsockopt(kZygoteSocket, SOL_SOCKET, SO_RCVTIMEO, &look, sizeof look);
    const ssize_t got = ::recv(kZygoteSocket, &order, sizeof order, 0);
    if (got == 0) return 0;
    if (got == static_cast<ssize_t>(sizeof order)) spawn(order, lie);
  }
}

}  // namespace

}  // namespace yoke::sandbox::test

int main() {
  yoke::sandbox::test::Lies all;
  yoke::sandbox::test::add_false_starts(all);
  yoke::sandbox::test::add_breaches(all);
  yoke::sandbox::test::add_false_accounts(all);
  const auto found = all.find(yoke::sandbox::test::own_name());
  return found == all.end() ? 2 : yoke::sandbox::test::serve_as_zygote(found->second);
}
