#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/vm.h"

namespace yoke::sandbox::test {

// A file whose one tool runs `body` as its function run(input, ctx).
inline std::string as_tool(const std::string& body) {
  return "return tool { name = 't', run = function(input, ctx) " + body + "\nend }";
}

inline std::shared_ptr<const Program> must_compile(const std::string& text,
                                                   const Quota& quota = {}) {
  Source source{"tools/t.lua", text};
  auto program = compile(source, quota);
  INFO((program ? std::string() : program.error().message()));
  REQUIRE(program.has_value());
  return *program;
}

struct Outcome {
  bool done = false;
  Json value;
  Failed failure;
  Meter meter;
};

inline Outcome outcome_of(const Step& step) {
  Outcome outcome;
  if (const auto* done = std::get_if<Done>(&step)) {
    outcome.done = true;
    outcome.value = done->value;
  } else if (const auto* failed = std::get_if<Failed>(&step)) {
    outcome.failure = *failed;
  } else {
    outcome.failure.message = "the script waits for a host call";
  }
  return outcome;
}

// Runs a whole file once: its first definition's run(input).
inline Outcome run_file(const std::string& text, const Quota& quota = {}, Inputs inputs = {},
                        const Json& args = Json::array()) {
  Vm vm(must_compile(text, quota), quota, std::move(inputs));
  Outcome outcome = outcome_of(vm.start(0, "run", args));
  outcome.meter = vm.meter();
  return outcome;
}

inline Outcome run_script(const std::string& body, const Quota& quota = {}, Inputs inputs = {},
                          const Json& args = Json::array()) {
  return run_file(as_tool(body), quota, std::move(inputs), args);
}

// The value of a script that must end well.
inline Json value_of(const std::string& body, const Json& args = Json::array()) {
  const Outcome outcome = run_script(body, {}, {}, args);
  INFO(body);
  INFO(outcome.failure.place + ": " + outcome.failure.message);
  REQUIRE(outcome.done);
  return outcome.value;
}

}  // namespace yoke::sandbox::test
