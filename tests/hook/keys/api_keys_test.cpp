#include "hosts/keys/api_keys.h"

#include <catch2/catch.hpp>

#include "tests/support/fakes.h"
#include "tests/support/test_loop.h"

namespace yoke::testing {
namespace {

struct Fixture {
  TestLoop loop;
  VirtualWall wall;
  SystemRandom random;
  std::unique_ptr<Store> store = opened();
  ApiKeys keys{*store, wall, random};

  Fixture() { REQUIRE(run(loop.io, keys.load()).has_value()); }

  std::unique_ptr<Store> opened() {
    StoreOptions options;
    options.node_id = "test";
    options.wall = &wall;
    return std::move(*open_store("memory:", loop.executor(), options));
  }
  Result<ApiKeys::Made> create(Json order) { return run(loop.io, keys.create(std::move(order))); }
  Result<KeyRecord> revoke(std::string name) {
    return run(loop.io, keys.revoke(std::move(name), "bob"));
  }
};

}  // namespace

TEST_CASE("a key that was made is found by its id, with the hash of its text") {
  Fixture f;
  CHECK_FALSE(f.keys.any());
  const Result<ApiKeys::Made> made = f.create({{"name", "ci"}, {"by", "ann"}});
  REQUIRE(made.has_value());
  const Result<ReadKey> read = read_key(made->text.reveal());
  REQUIRE(read.has_value());
  const KeyRecord* record = f.keys.find(read->id);
  REQUIRE(record);
  CHECK(same_hash(record->hash, read->hash));
  CHECK(record->created_by == "ann");
  CHECK(f.keys.any());
}

TEST_CASE("what is stored of a key is not enough to ask with it") {
  Fixture f;
  const Result<ApiKeys::Made> made = f.create({{"name", "ci"}});
  const auto stored = run(f.loop.io, f.store->kv_list("yoke:keys", "", 10));
  REQUIRE(stored.size() == 1);
  const std::string secret = made->text.reveal().substr(14, 52);
  CHECK(to_text(stored[0].value).find(secret) == std::string::npos);
  CHECK(stored[0].key == made->record.id);
}

TEST_CASE("another process that opens the store finds the keys there") {
  Fixture f;
  const Result<ApiKeys::Made> made = f.create({{"name", "ci"}});
  REQUIRE(f.revoke("ci").has_value());
  ApiKeys later(*f.store, f.wall, f.random);
  REQUIRE(run(f.loop.io, later.load()).has_value());
  const KeyRecord* record = later.find(made->record.id);
  REQUIRE(record);
  CHECK(record->revoked_by == "bob");
}

TEST_CASE("a name is one live key's, and a revoked one gives it up") {
  Fixture f;
  REQUIRE(f.create({{"name", "ci"}}).has_value());
  const Result<ApiKeys::Made> again = f.create({{"name", "ci"}, {"tenant", "acme"}});
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().code == Errc::conflict);
  REQUIRE(f.revoke("ci").has_value());
  CHECK(f.create({{"name", "ci"}}).has_value());
}

TEST_CASE("a key is revoked once, by name or id, and it is on record by whom") {
  Fixture f;
  const Result<ApiKeys::Made> made = f.create({{"name", "ci"}});
  REQUIRE(f.revoke(made->record.id).has_value());
  CHECK(f.revoke("ci").error().code == Errc::conflict);
  CHECK(f.revoke(made->record.id).error().message().find("already, by bob") != std::string::npos);
  CHECK(f.revoke("cj").error().code == Errc::not_found);
  CHECK(f.keys.any());  // what was once behind keys stays there
}

TEST_CASE("a damaged record keeps the keys from being loaded") {
  Fixture f;
  REQUIRE(run(f.loop.io, f.store->kv_set("yoke:keys", "aaaa", Json{{"name", "x"}})).has_value());
  ApiKeys keys(*f.store, f.wall, f.random);
  CHECK_FALSE(run(f.loop.io, keys.load()).has_value());
}

TEST_CASE("the last use of a key is stored once a minute, and known to the second") {
  Fixture f;
  const Result<ApiKeys::Made> made = f.create({{"name", "ci"}});
  const std::string id = made->record.id;
  const auto stored = [&] {
    const auto rows = run(f.loop.io, f.store->kv_list("yoke:keys/used", "", 10));
    return rows.empty() ? Micros{0} : rows[0].value.get<Micros>();
  };
  CHECK(f.keys.last_used(id) == 0);
  run(f.loop.io, f.keys.note_use(id));
  const Micros first = f.wall.now();
  CHECK(stored() == first);
  f.loop.advance(std::chrono::seconds(30));
  run(f.loop.io, f.keys.note_use(id));
  CHECK(f.keys.last_used(id) == f.wall.now());
  CHECK(stored() == first);
  f.loop.advance(std::chrono::seconds(31));
  run(f.loop.io, f.keys.note_use(id));
  CHECK(stored() == f.wall.now());
}

TEST_CASE("whoever looks after the keys is told of each change") {
  Fixture f;
  int told = 0;
  f.keys.on_change([&] { ++told; });
  REQUIRE(f.create({{"name", "ci"}}).has_value());
  CHECK(told == 1);
  REQUIRE(f.revoke("ci").has_value());
  CHECK(told == 2);
}

}  // namespace yoke::testing
