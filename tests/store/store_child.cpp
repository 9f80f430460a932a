// A process of its own for the store's tests: does one thing to a store and says how it went.
//   store_child hold PATH            opens the store, says "open" and stays until its input ends
//   store_child append PATH          creates run R and appends to it until killed; "acked N" for
//   each store_child read-only PATH       opens the store for reading, then for writing, in a
//   folder that
//                                    refuses writing
//   store_child family PATH          creates P and its child C, parks P, ends C; says each
//   store_child full PATH            fills a disk of its own; see fill()
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "runtime/store/chain.h"
#include "tests/store/material.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

void say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

Result<std::unique_ptr<Store>> open(CallLoop& loop, const std::string& path, bool read_only) {
  StoreOptions options;
  options.node_id = "child";
  options.read_only = read_only;
  return open_store("sqlite:" + path, loop.executor(), std::move(options));
}

std::unique_ptr<Store> must_open(CallLoop& loop, const std::string& path) {
  auto opened = open(loop, path, false);
  if (opened) return std::move(*opened);
  say(opened.error().message());
  std::exit(3);
}

int hold(const std::string& path) {
  CallLoop loop;
  const std::unique_ptr<Store> store = must_open(loop, path);
  say("open");
  std::getchar();
  return 0;
}

std::string noise(std::size_t bytes) {
  static std::minstd_rand random;
  std::string text;
  while (text.size() < bytes) text += static_cast<char>('!' + random() % 90);
  return text;
}

int append_until_killed(const std::string& path) {
  CallLoop loop;
  const std::unique_ptr<Store> store = must_open(loop, path);
  Claim claim = loop.run(store->create(new_run("R")))->claim;
  while (true) {
    const bool big = claim.head_seq % 5 == 4;
    const auto done = loop.run(store->append(append_to(claim, noise(big ? 90'000 : 300))));
    claim = after(claim, *done);
    say("acked " + std::to_string(claim.head_seq));
  }
}

// A run and the child that a call of it waits for, down to the child's end.
int family(const std::string& path) {
  CallLoop loop;
  const std::unique_ptr<Store> store = must_open(loop, path);
  const Claim parent = loop.run(store->create(new_run("P")))->claim;
  NewRun below = new_run("C");
  below.parent_run = "P";
  below.parent_call = "c3.0";
  const Claim child = loop.run(store->create(below))->claim;
  say("begun");
  Append park = append_to(parent, "waits");
  park.update = update_to(RunStatus::waiting, "child");
  if (!loop.run(store->append(park))) return 4;
  say("parked");
  Append end = append_to(child, "answer");
  end.update = update_to(RunStatus::completed);
  if (!loop.run(store->append(end))) return 5;
  say("ended");
  std::getchar();
  return 0;
}

// A name space of our own, in which a mount harms nobody.
bool private_mounts() {
  const int flags = ::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
  return ::unshare(flags) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

bool refuse_writing(const std::string& folder) {
  if (::geteuid() != 0) return ::chmod(folder.c_str(), 0500) == 0;
  const unsigned long again = MS_BIND | MS_REMOUNT | MS_RDONLY;
  return private_mounts() &&
         ::mount(folder.c_str(), folder.c_str(), nullptr, MS_BIND, nullptr) == 0 &&
         ::mount(nullptr, folder.c_str(), nullptr, again, nullptr) == 0;
}

int read_only(const std::string& path) {
  if (!refuse_writing(fs::path(path).parent_path().string())) return 77;
  CallLoop loop;
  auto reader = open(loop, path, true);
  if (reader) {
    const auto records = loop.run((*reader)->read("R", 0, 1000));
    say("read " + (records ? std::to_string(records->size()) : records.error().message()));
  } else {
    say("not read: " + reader.error().message());
  }
  const auto writer = open(loop, path, false);
  say(writer ? "written" : "not written: " + writer.error().message());
  return 0;
}

// Appends until the disk is full, makes room, and appends again.
int fill(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  const bool mounted =
      private_mounts() && ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=2m") == 0;
  if (!mounted) return 77;
  const std::string ballast = folder + "/ballast";
  std::ofstream(ballast) << std::string(900'000, 'x');
  CallLoop loop;
  const std::unique_ptr<Store> store = must_open(loop, path);
  Claim claim = loop.run(store->create(new_run("R")))->claim;
  try {
    while (true) {
      const std::size_t bytes = claim.head_seq % 4 == 3 ? 100'000 : 3000;
      claim = after(claim, *loop.run(store->append(append_to(claim, noise(bytes)))));
    }
  } catch (const StoreFault& fault) {
    say("fault: " + std::string(fault.what()));
  }
  const auto records = loop.run(store->read("R", 0, 10'000));
  const bool same = static_cast<std::int64_t>(records->size()) == claim.head_seq;
  say(same ? "read all" : "read " + std::to_string(records->size()));
  fs::remove(ballast);
  const auto again = loop.run(store->append(append_to(claim, noise(3000))));
  say(again ? "again" : again.error().message());
  const auto row = loop.run(store->get("R"));
  const auto whole = loop.run(store->read("R", 0, 10'000));
  say(verify_chain(*row, *whole).empty() ? "whole" : "broken");
  return 0;
}

}  // namespace
}  // namespace yoke

int main(int count, char** words) {
  if (count != 3) return 2;
  const std::string what = words[1];
  if (what == "hold") return yoke::hold(words[2]);
  if (what == "append") return yoke::append_until_killed(words[2]);
  if (what == "family") return yoke::family(words[2]);
  if (what == "read-only") return yoke::read_only(words[2]);
  if (what == "full") return yoke::fill(words[2]);
  return 2;
}
