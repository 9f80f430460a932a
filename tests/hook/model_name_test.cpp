#include "hosts/hook/model_name.h"

#include <catch2/catch.hpp>

namespace yoke::testing {
namespace {

KnownModels known() {
  KnownModels known;
  known.agents = {"clerk", "default"};
  known.routes = {"default", "fast"};
  known.models = {"lab/small", "cloud/small", "cloud/org/large"};
  known.check = [](const std::string& target) -> Result<void> {
    if (target.starts_with("lab/")) return {};
    return Error{Errc::not_found, "no backend named '" + target.substr(0, target.find('/')) + "'"};
  };
  return known;
}

ModelName found(const std::string& asked) {
  const Result<ModelName> name = find_model_name(known(), asked);
  if (!name) throw std::runtime_error(name.error().detail);
  return *name;
}

Error refused(const std::string& asked) {
  const Result<ModelName> name = find_model_name(known(), asked);
  if (name) throw std::runtime_error("it was found: " + full_name(*name));
  return name.error();
}

}  // namespace

TEST_CASE("a model's full name means the agent, route or model that it says") {
  CHECK(found("agent/default") == ModelName{ModelName::Kind::agent, "default"});
  CHECK(found("route/default") == ModelName{ModelName::Kind::route, "default"});
  CHECK(found("cloud/small") == ModelName{ModelName::Kind::model, "cloud/small"});
  CHECK(found("cloud/org/large") == ModelName{ModelName::Kind::model, "cloud/org/large"});
}

TEST_CASE("a model that nothing lists can be asked for by its backend") {
  CHECK(found("lab/any/thing:free") == ModelName{ModelName::Kind::model, "lab/any/thing:free"});
}

TEST_CASE("a bare name is enough where one thing alone has it") {
  CHECK(full_name(found("clerk")) == "agent/clerk");
  CHECK(full_name(found("fast")) == "route/fast");
  CHECK(full_name(found("org/large")) == "cloud/org/large");
}

TEST_CASE("a bare name that several have is refused with their full names") {
  const Error error = refused("default");
  CHECK(error.code == Errc::invalid);
  CHECK(error.detail == "several are named 'default': ask for one of agent/default, route/default");
  CHECK(refused("small").detail.find("lab/small, cloud/small") != std::string::npos);
}

TEST_CASE("a name that nothing has is refused with what comes near") {
  const Error error = refused("agent/clark");
  CHECK(error.code == Errc::not_found);
  CHECK(error.detail ==
        "no model 'agent/clark' (did you mean 'agent/clerk'?); a model is agent/NAME, route/NAME "
        "or backend/model, or what [serve.models] of yoke.toml says of its name");
  CHECK(refused("fsat").detail.find("did you mean 'fast'") != std::string::npos);
  CHECK(refused("nowhere/m").detail == "no model 'nowhere/m': no backend named 'nowhere'");
  CHECK(refused("").code == Errc::not_found);
}

TEST_CASE("an agent is never named by a path") {
  CHECK(refused("agent/../agents/clerk").code == Errc::not_found);
  CHECK(refused("agents/clerk.lua").code == Errc::not_found);
  CHECK(refused("agent//tmp").code == Errc::not_found);
}

TEST_CASE("names that clients insist on mean what the operator says, the longest glob first") {
  KnownModels some = known();
  some.aliases = {{"claude-*", "route/default"}, {"claude-haiku-*", "lab/tiny"}};
  const auto meant = [&](const std::string& asked) {
    return full_name(find_model_name(some, asked).value());
  };
  CHECK(meant("claude-opus-5") == "route/default");
  CHECK(meant("claude-haiku-4-5") == "lab/tiny");
  CHECK(meant("route/fast") == "route/fast");
  CHECK(meant("clerk") == "agent/clerk");
}

TEST_CASE("a mapped name that leads nowhere says where it was mapped") {
  KnownModels some = known();
  some.aliases = {{"claude-*", "route/defalt"}};
  const Result<ModelName> name = find_model_name(some, "claude-opus-5");
  REQUIRE(name.has_error());
  CHECK(name.error().detail.starts_with("serve.models has 'claude-*' mean this: "));
}

}  // namespace yoke::testing
