#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/temp_project.h"

namespace yoke::testing {

// How and when a process is to die; with nothing set it is left alone.
struct Kill {
  std::string at = {};  // YOKE_CRASH_AT: "engine.before_tool:2"
  int lines = -1;       // after so many lines of its --json output …
  int spin_us = 0;      // … and so many microseconds more
};

// One process that drove the run, and what it printed while it lived.
struct Life {
  int status = 0;
  std::vector<Json> lines;
  std::string err;
};

// What a run in the arena is of.
struct Work {
  std::string agent = "clerk";
  std::string task = "Restock the shop.";
  std::size_t answer_lines = 13;
  std::size_t children = 0;  // runs that it begins
};

// What went on over several runs: a test wants to know that it met the cases it is about.
struct Tally {
  int runs = 0;
  int kills = 0;         // of a process whose run was there
  int before_birth = 0;  // … and of one that had not yet made its run
  int questions = 0;     // asked of the person, who looked into the peer's log
  int happened = 0;      // and said so
  int repeats = 0;
  int probes_happened = 0;
  int probes_not = 0;
};

// A project whose agent works on a peer outside, and the peer: a process with a log of its own.
class Arena {
 public:
  explicit Arena(Work work = {});

  // One run from its start to its end, through these kills of its processes in turn (the first is
  // of `yoke run`, the others of `yoke runs resume`); then everything is held to the promise.
  void survive(const std::vector<Kill>& kills);
  // How many lines of --json an undisturbed run prints.
  int lines() const { return lines_; }
  const Tally& tally() const { return tally_; }

 private:
  Life live(const Args& args, const Kill& kill) const;
  void remember(const Life& life, const std::string& run_id);
  std::string born(const Life& life);
  void answer_family(const std::string& run_id);
  void answer_questions(const std::string& run_id);
  void settle() const;
  void check(const std::string& run_id);
  void check_one(const std::string& run_id, const std::vector<Json>& events);
  // The peer's log, as far as it is about this run: idempotency key -> its lines.
  std::map<std::string, std::vector<Json>> effects_of(const std::string& run_id) const;
  void count_probes(const std::vector<Json>& events);

  const Work work_;
  TempProject project_;
  TempFolder outside_;
  Process peer_;
  std::string port_;
  std::string answer_;  // of an undisturbed run
  std::string newest_;
  int lines_ = 0;
  std::vector<Json> acknowledged_;  // events printed before a kill, its children's with them
  Tally tally_;
};

}  // namespace yoke::testing
