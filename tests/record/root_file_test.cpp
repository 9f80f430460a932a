#include "runtime/record/root_file.h"
#include "runtime/record/signing_key.h"
#include "tests/record/bed.h"

// Roots as pure values: the tree, the chain, signatures, the file.
namespace yoke::testing {
namespace {

RunHead head_of(const std::string& run, std::int64_t seq) { return {run, seq, sha256(run)}; }

AuditRoot root_of(const std::vector<RunHead>& heads) {
  AuditRoot root;
  root.store = "5707e";
  root.tenant = "local";
  root.n = 1;
  root.at = 1'763'800'000'123'456;
  root.runs = static_cast<std::int64_t>(heads.size());
  root.heads = merkle_root(heads);
  root.prev = start_of_roots(root.store, root.tenant);
  root.root = root_hash(root);
  return root;
}

AuditRoot signed_root(const SigningKey& key) {
  AuditRoot root = root_of({head_of("A", 3)});
  root.key = key.key();
  root.signature = key.sign(root.root);
  return root;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("the tree over heads knows their set, whatever their order") {
  const RunHead a = head_of("A", 1);
  const RunHead b = head_of("B", 2);
  const RunHead c = head_of("C", 3);
  CHECK(merkle_root({a, b, c}) == merkle_root({c, a, b}));
  CHECK(merkle_root({a, b}) != merkle_root({a, b, c}));
  RunHead later = c;
  later.seq = 4;
  CHECK(merkle_root({a, b, c}) != merkle_root({a, b, later}));
  CHECK(merkle_root({a}) != a.hash);
  // A head alone and one that goes up without a neighbour are not the same tree.
  CHECK(merkle_root({a, b, c}) != merkle_root({a, b, c, c}));
}

TEST_CASE("a root says which root it follows, and which store and tenant it is of") {
  const AuditRoot first = root_of({head_of("A", 1)});
  CHECK(wrong_in_root(first, nullptr).empty());
  AuditRoot second = first;
  second.n = 2;
  second.prev = first.root;
  second.root = root_hash(second);
  CHECK(wrong_in_root(second, &first).empty());
  CHECK(wrong_in_root(second, nullptr) == "root 1 is missing: root 2 follows root 0");
  AuditRoot elsewhere = first;
  elsewhere.store = "another";
  elsewhere.root = root_hash(elsewhere);
  CHECK(wrong_in_root(elsewhere, nullptr) ==
        "it is the first and does not begin with this store and tenant");
  AuditRoot skipping = second;
  skipping.prev = sha256("what never was");
  skipping.root = root_hash(skipping);
  CHECK(wrong_in_root(skipping, &first) == "it does not continue root 1");
  AuditRoot changed = first;
  changed.runs = 2;
  CHECK(wrong_in_root(changed, nullptr) == "it does not match its own hash");
}

TEST_CASE("a key signs, comes back from its text, and signs nothing else") {
  const SigningKey key = SigningKey::generate();
  const AuditRoot root = signed_root(key);
  CHECK(is_signed(root));
  AuditRoot other = root;
  other.root = sha256("another");
  CHECK_FALSE(is_signed(other));
  AuditRoot by_another = root;
  by_another.key = SigningKey::generate().key();
  CHECK_FALSE(is_signed(by_another));
  const Result<SigningKey> again = SigningKey::from_pem(key.pem());
  REQUIRE(again);
  CHECK(again->key() == key.key());
  CHECK(again->sign(root.root) == root.signature);
  const Result<std::string> read = key_from_text(key_text(key.key()));
  REQUIRE(read);
  CHECK(*read == key.key());
}

TEST_CASE("what is no key is refused without being repeated") {
  const Result<SigningKey> none = SigningKey::from_pem(Secret("hunter2"));
  REQUIRE_FALSE(none);
  CHECK(none.error().message().find("hunter2") == std::string::npos);
  CHECK(none.error().message().find("yoke store keygen") != std::string::npos);
  CHECK_FALSE(key_from_text("ed25519:AAAA"));
  CHECK_FALSE(key_from_text("rsa:AAAA"));
}

TEST_CASE("an exported root comes back as it was, with what it covers") {
  const SigningKey key = SigningKey::generate();
  const RootFile file{signed_root(key), {head_of("A", 3), head_of("B", 9)}};
  const Result<RootFile> read = root_from_file(root_file_text(file));
  REQUIRE(read);
  CHECK(read->root == file.root);
  CHECK(read->heads == file.heads);
}

TEST_CASE("an exported root that was changed is refused") {
  const SigningKey key = SigningKey::generate();
  const std::string text = root_file_text({signed_root(key), {}});
  const Result<RootFile> later = root_from_file(replaced(text, "\"n\": 1", "\"n\": 2"));
  REQUIRE_FALSE(later);
  CHECK(later.error().detail.find("it does not match its hash") != std::string::npos);
  AuditRoot forged = signed_root(key);
  forged.n = 2;
  forged.root = root_hash(forged);  // whoever has no key can do that much
  const Result<RootFile> by_nobody = root_from_file(root_file_text({forged, {}}));
  REQUIRE_FALSE(by_nobody);
  CHECK(by_nobody.error().detail.find("its signature is not by the key") != std::string::npos);
  CHECK_FALSE(root_from_file("{}"));
  CHECK_FALSE(root_from_file("[1"));
  const Result<RootFile> newer =
      root_from_file(replaced(text, "\"yoke_root\": 1", "\"yoke_root\": 2"));
  REQUIRE_FALSE(newer);
  CHECK(newer.error().code == Errc::unsupported);
}

}  // namespace yoke::testing
