#include <catch2/catch.hpp>

#include "hosts/app/caller_budgets.h"
#include "hosts/app/tenant_folders.h"
#include "hosts/config/config.h"

// [tenants], [serve.oidc] and [[serve.answers]] in yoke.toml.
namespace yoke::testing {
namespace {

std::string error_of(const std::string& text) {
  const Result<Config> config = parse_config(text, "yoke.toml");
  return config ? std::string() : config.error().message();
}

const std::string kOidc = "[serve.oidc]\nissuer = \"https://id.example\"\naudience = \"yoke\"\n";
const std::string kScopes = "[serve.oidc.scopes]\n\"*\" = [\"read\"]\n";

}  // namespace

TEST_CASE("tenants are read with their files and secrets") {
  const Result<Config> config = parse_config(
      "[secrets]\nKEY = \"env:KEY\"\n[tenants.acme]\nfiles = \"data/acme\"\n"
      "[tenants.acme.secrets]\nKEY = \"shared\"\nOWN = \"env:ACME\"\n[tenants.bolt]\n",
      "yoke.toml");
  REQUIRE(config.has_value());
  CHECK(config->tenants.at("acme").files == "data/acme");
  CHECK(config->tenants.at("acme").secrets.at("KEY") == kSharedSecret);
  CHECK(config->tenants.at("bolt").secrets.empty());
}

TEST_CASE("a tenant that cannot be meant so is an error with its line") {
  CHECK(error_of("[tenants.Acme]\n").starts_with("yoke.toml:1: 'tenants.Acme': a tenant's name"));
  CHECK(error_of("[tenants.local]\n").find("is who works at this machine") != std::string::npos);
  CHECK(error_of("[tenants.acme]\nfile = \"x\"\n") ==
        "yoke.toml:2: unknown key 'tenants.acme.file' (did you mean 'files'?)");
  CHECK(error_of("[tenants.acme]\nfiles = \"\"\n").starts_with("yoke.toml:2: "));
  CHECK(error_of("[tenants.acme.secrets]\nKEY = \"shared\"\n") ==
        "yoke.toml:2: 'tenants.acme.secrets.KEY' is shared, but there is no such name under "
        "[secrets]");
  const std::string value = error_of("[tenants.acme.secrets]\nKEY = \"hunter2\"\n");
  CHECK(value.find("must say where the value is") != std::string::npos);
  CHECK(value.find("hunter2") == std::string::npos);
}

TEST_CASE("each tenant's files have a place of their own, be it said or not") {
  Result<Config> config = parse_config("[tenants.acme]\nfiles = \"data/acme/\"\n", "yoke.toml");
  REQUIRE(config.has_value());
  config->project_dir = "/project";
  config->store_url = "sqlite:/elsewhere/yoke.db";
  CHECK(files_folder_of(*config, "local") == "/project");
  CHECK(files_folder_of(*config, "acme") == "/project/data/acme");
  CHECK(files_folder_of(*config, "bolt") == "/elsewhere/tenants/bolt/files");
  config->store_url = "memory:";
  CHECK(files_folder_of(*config, "bolt") == "/project/.yoke/tenants/bolt/files");
}

TEST_CASE("a provider of tokens is read with what it takes to trust it") {
  const Result<Config> config = parse_config(kOidc + kScopes, "yoke.toml");
  REQUIRE(config.has_value());
  REQUIRE(config->serve.oidc);
  CHECK(config->serve.oidc->audiences == std::vector<std::string>{"yoke"});
  CHECK(config->serve.oidc->tenant == "local");
  CHECK(error_of("[serve.oidc]\naudience = \"x\"\n" + kScopes).find("issuer' is missing") !=
        std::string::npos);
  CHECK(error_of("[serve.oidc]\nissuer = \"https://id.example\"\n" + kScopes)
            .find("audience' is missing") != std::string::npos);
  CHECK(error_of(kOidc).find("scopes' is missing") != std::string::npos);
  CHECK(error_of(kOidc + "tenant = \"a\"\ntenant_claim = \"org\"\n" + kScopes).find("keep one") !=
        std::string::npos);
  CHECK(error_of(kOidc + "tenant = \"A B\"\n" + kScopes).find("a tenant's name is") !=
        std::string::npos);
}

TEST_CASE("a rule of answering that holds nobody back is a mistake") {
  const Result<Config> config = parse_config(
      "[[serve.answers]]\nagents = [\"pay-*\"]\ngroups = [\"finance\"]\nnot_requester = true\n",
      "yoke.toml");
  REQUIRE(config.has_value());
  REQUIRE(config->serve.answers.size() == 1);
  CHECK(config->serve.answers[0].not_requester);
  CHECK(error_of("[[serve.answers]]\nagents = [\"pay-*\"]\n").find("holds nobody back") !=
        std::string::npos);
  CHECK(error_of("[serve]\nanswers = \"all\"\n").find("[[serve.answers]]") != std::string::npos);
  CHECK(error_of("[[serve.answers]]\ngroup = [\"x\"]\n").find("unknown key") != std::string::npos);
}

TEST_CASE("what each user of a provider may spend is written as of a key") {
  const auto rules_of = [](const std::string& text) {
    return user_budgets_of(parse_config(kOidc + text + kScopes, "yoke.toml").value());
  };
  CHECK(rules_of("").value().empty());
  const Result<std::vector<BudgetRule>> rules = rules_of("budget = \"5usd/day, 1000tokens\"\n");
  REQUIRE(rules.has_value());
  REQUIRE(rules->size() == 2);
  CHECK(rules->at(0).scope == BudgetScope::caller);
  CHECK(rules->at(0).name == "user:*");
  CHECK(rules->at(0).span == BudgetSpan::day);
  CHECK(rules->at(0).place == "yoke.toml:4");
  CHECK(rules->at(1).unit == BudgetUnit::tokens);
  CHECK(rules_of("budget = [\"5usd\", \"20usd/month\"]\n").value().size() == 2);
  const Result<std::vector<BudgetRule>> wrong = rules_of("budget = \"5\"\n");
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().message().starts_with("yoke.toml:4: 'serve.oidc.budget': '5' is no budget"));
}

}  // namespace yoke::testing
