#include "hooks/contract.h"

#include <catch2/catch.hpp>

namespace yoke::hooks {
namespace {

CommandEnd ended(int status, const std::string& out, const std::string& err = "") {
  CommandEnd end;
  end.status = status;
  end.out = out;
  end.err = err;
  return end;
}

HookSaid said(const std::string& out, HookPoint on = HookPoint::pre_tool_use) {
  return said_by_command(on, ended(0, out));
}

}  // namespace

TEST_CASE("a hook reads who asks, where, and what about") {
  HookEvent event;
  event.on = HookPoint::pre_tool_use;
  event.details = Json{{"tool_name", "mail.send"}, {"tool_input", {{"to", "a"}}}};
  event.identity.run_id = "r1";
  event.identity.agent = "clerk";
  const Json input = hook_input(event, "/project");
  CHECK(input == Json{{"session_id", "r1"},
                      {"transcript_path", ""},
                      {"cwd", "/project"},
                      {"permission_mode", "default"},
                      {"hook_event_name", "PreToolUse"},
                      {"run_id", "r1"},
                      {"agent", "clerk"},
                      {"tool_name", "mail.send"},
                      {"tool_input", {{"to", "a"}}}});
  event.identity.session = "s";
  CHECK(string_at(hook_input(event, "/"), "session_id") == "s");
}

TEST_CASE("status 2 blocks with what was written to standard error") {
  const HookSaid blocked = said_by_command(HookPoint::pre_tool_use, ended(2, "", "not today\n"));
  CHECK(blocked.verdict == HookVerdict::deny);
  CHECK(blocked.why == "not today");
  CHECK_FALSE(blocked.failed);
  CHECK(said_by_command(HookPoint::stop, ended(2, "", "")).why == "it gave no reason");
}

TEST_CASE("status 0 with nothing to say lets things go on") {
  CHECK(said("").verdict == HookVerdict::none);
  CHECK(said("all is well").verdict == HookVerdict::none);
  CHECK(said("all is well").context.empty());
  CHECK(said("It is Monday.\n", HookPoint::user_prompt_submit).context == "It is Monday.");
  CHECK(said("It is Monday.\n", HookPoint::session_start).context == "It is Monday.");
}

TEST_CASE("any other status has failed, and says so") {
  const HookSaid failed = said_by_command(HookPoint::pre_tool_use, ended(1, "", "oops"));
  CHECK(failed.failed);
  CHECK(failed.verdict == HookVerdict::none);
  CHECK(failed.why == "it exited with status 1: oops");
  CommandEnd killed;
  killed.failure = "it did not end within its 60 s";
  CHECK(said_by_command(HookPoint::stop, killed).failed);
}

TEST_CASE("JSON on standard output decides, in the newer form and the older") {
  const HookSaid deny =
      said(R"({"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny",)"
           R"("permissionDecisionReason":"no mail on Sundays"}})");
  CHECK(deny.verdict == HookVerdict::deny);
  CHECK(deny.why == "no mail on Sundays");
  CHECK(said(R"({"hookSpecificOutput":{"permissionDecision":"ask"}})").verdict == HookVerdict::ask);
  CHECK(said(R"({"hookSpecificOutput":{"permissionDecision":"allow"}})").verdict ==
        HookVerdict::allow);
  const HookSaid older = said(R"({"decision":"block","reason":"older"})");
  CHECK(older.verdict == HookVerdict::deny);
  CHECK(older.why == "older");
  CHECK(said(R"({"decision":"approve"})").verdict == HookVerdict::allow);
  const HookSaid stop = said(R"({"continue":false,"stopReason":"enough"})");
  CHECK(stop.verdict == HookVerdict::stop);
  CHECK(stop.why == "enough");
}

TEST_CASE("what a tool is given instead, and what a model is to read, come along") {
  const HookSaid edited =
      said(R"({"hookSpecificOutput":{"updatedInput":{"to":"b"},"additionalContext":"changed"}})");
  REQUIRE(edited.args.has_value());
  CHECK(*edited.args == Json{{"to", "b"}});
  CHECK(edited.context == "changed");
}

TEST_CASE("what cannot be understood has failed") {
  CHECK(said("{not json").failed);
  CHECK(said(R"({"hookSpecificOutput":{"hookEventName":"Stop"}})").failed);
  CHECK(said(R"({"hookSpecificOutput":{"updatedInput":[1]}})").failed);
  CHECK(said(R"({"hookSpecificOutput":{"updatedInput":{}}})", HookPoint::post_tool_use).failed);
  CHECK(said_by_value(HookPoint::stop, Json(7)).failed);
  CHECK_FALSE(said_by_value(HookPoint::stop, Json(nullptr)).failed);
}

}  // namespace yoke::hooks
