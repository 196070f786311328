// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#include "program.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>

#include <array>
#include <cmath>
#include <cstdlib>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>

namespace differential {

namespace json = boost::json;

namespace {

// The depth to which CPython's own parser follows.
constexpr std::size_t deepest = 1000;

/// Builds the document as Boost.JSON's own handler does, except that a double is the one nearest to its digits, as in
/// Python: Boost's may be the one beside it.
class document_builder {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  using error_code = json::error_code;
  using string_view = json::string_view;

  document_builder() { stack_.reset(); }
  value release() { return stack_.release(); }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t n, error_code&) { return stack_.push_array(n), true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_object_end(std::size_t n, error_code&) { return stack_.push_object(n), true; }
  bool on_string_part(string_view s, std::size_t, error_code&) { return stack_.push_chars(s), true; }
  bool on_string(string_view s, std::size_t, error_code&) { return stack_.push_string(s), true; }
  bool on_key_part(string_view s, std::size_t, error_code&) { return stack_.push_chars(s), true; }
  bool on_key(string_view s, std::size_t, error_code&) { return stack_.push_key(s), true; }
  bool on_number_part(string_view s, error_code&) { return digits_.append(s.data(), s.size()), true; }
  bool on_int64(std::int64_t n, string_view, error_code&) { return digits_.clear(), stack_.push_int64(n), true; }
  bool on_uint64(std::uint64_t n, string_view, error_code&) { return digits_.clear(), stack_.push_uint64(n), true; }
  bool on_double(double, string_view s, error_code&) {
    digits_.append(s.data(), s.size());
    stack_.push_double(std::strtod(digits_.c_str(), nullptr));
    digits_.clear();
    return true;
  }
  bool on_bool(bool b, error_code&) { return stack_.push_bool(b), true; }
  bool on_null(error_code&) { return stack_.push_null(), true; }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

 private:
  json::value_stack stack_;
  std::string digits_;
};

/// Where the parser is: `main[2].handler[0] (sleep)`.
class place {
 public:
  class step {
   public:
    step(place& p, std::string_view name) : place_(p), before_(p.path_.size()) { p.path_ += name; }
    step(step const&) = delete;
    step& operator=(step const&) = delete;
    ~step() { place_.path_.resize(before_); }

   private:
    place& place_;
    std::size_t before_;
  };

  [[noreturn]] void fail(std::string const& what) const { throw malformed(path_.empty() ? what : path_ + ": " + what); }

 private:
  std::string path_;
};

std::string text_of(value const& v) {
  std::string text = json::serialize(v);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

std::string index(std::size_t i) { return "[" + std::to_string(i) + "]"; }

struct object_type {
  std::string_view name;
  object_kind kind;
  std::int64_t default_argument;
  std::int64_t least_argument;
};
constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();
constexpr std::array object_types{
    object_type{"queue", object_kind::queue, 0, none},       object_type{"lifo", object_kind::lifo, 0, none},
    object_type{"priority", object_kind::priority, 0, none}, object_type{"lock", object_kind::lock, 0, 0},
    object_type{"semaphore", object_kind::semaphore, 1, 0},  object_type{"event", object_kind::event, 0, 0},
    object_type{"condition", object_kind::condition, 0, 0},  object_type{"barrier", object_kind::barrier, none, 1},
};
bool takes_argument(object_kind k) {
  return k != object_kind::lock && k != object_kind::event && k != object_kind::condition;
}

class parser {
 public:
  program parse(value const& document) {
    if (!document.is_object())
      where_.fail("a program is a JSON object {\"seed\": ..., \"objects\": ..., \"main\": [...]}");
    program p;
    value const* main = nullptr;
    for (auto const& [key, member] : document.get_object()) {
      place::step const here(where_, std::string_view(key.data(), key.size()));
      if (key == "seed") {
        p.seed = seed(member);
      } else if (key == "objects") {
        p.objects = declarations(member);
      } else if (key == "main") {
        main = &member;
      }  // other members are somebody else's, such as a comment
    }
    if (main == nullptr) where_.fail("the program has no \"main\"");
    objects_ = &p.objects;
    p.main = parse_block(*main, "main");
    return p;
  }

  block parse_block(value const& v, std::string_view name) {
    place::step const here(where_, name);
    if (v.is_null()) return {};
    if (!v.is_array()) where_.fail("a block is a list of statements, not " + text_of(v));
    block b;
    json::array const& list = v.get_array();
    b.reserve(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      place::step const position(where_, index(i));
      b.push_back(parse_statement(list[i]));
    }
    return b;
  }

 private:
  friend class arguments;

  std::uint64_t seed(value const& v) {
    if (v.is_null()) return 0;
    if (auto const* n = v.if_uint64()) return *n;
    if (auto const* n = v.if_int64()) {  // as in Python, -n gives the numbers of n
      auto const magnitude = static_cast<std::uint64_t>(*n);
      return *n < 0 ? std::uint64_t{0} - magnitude : magnitude;
    }
    where_.fail("a seed is an integer from -2^63 to 2^64-1, not " + text_of(v));
  }

  std::vector<object_declaration> declarations(value const& v) {
    if (v.is_null()) return {};
    if (!v.is_object()) where_.fail("objects are {name: [kind, argument]}, not " + text_of(v));
    std::vector<object_declaration> all;
    for (auto const& [key, member] : v.get_object()) {
      place::step const here(where_, "." + std::string(key));
      all.push_back(declaration(std::string(key), member));
    }
    return all;
  }

  object_declaration declaration(std::string name, value const& v) {
    auto const* list = v.if_array();
    if (list == nullptr || list->empty() || list->size() > 2 || !list->front().is_string())
      where_.fail("an object is [kind] or [kind, argument], not " + text_of(v));
    std::string_view const kind = list->front().get_string();
    for (object_type const& type : object_types) {
      if (type.name != kind) continue;
      std::int64_t argument = type.default_argument;
      if (list->size() == 2 && !(*list)[1].is_null() && takes_argument(type.kind)) {
        auto const* n = (*list)[1].if_int64();
        if (n == nullptr) where_.fail(std::string(kind) + " takes an integer, not " + text_of((*list)[1]));
        argument = *n;
      } else if (argument == none) {
        where_.fail(std::string(kind) + " needs an argument");
      }
      if (argument < type.least_argument)
        where_.fail(std::string(kind) + " takes at least " + std::to_string(type.least_argument) + ", not " +
                    std::to_string(argument));
      return {std::move(name), type.kind, argument};
    }
    where_.fail(
        "'" + std::string(kind) +
        "' is no kind of object; there are queue, lifo, priority, lock, semaphore, event, condition and barrier");
  }

  statement parse_statement(value const& v);

  place where_;
  std::vector<object_declaration> const* objects_ = nullptr;
};

/// The arguments of one statement, taken in order.
class arguments {
 public:
  arguments(parser& p, json::array const& list) : parser_(p), list_(list) {}

  /// Whether there is one more, for those that may be left out.
  [[nodiscard]] bool more() const noexcept { return next_ < list_.size(); }
  /// The same for those for which null says that they are left out.
  bool given() {
    if (!more()) return false;
    if (!list_[next_].is_null()) return true;
    ++next_;
    return false;
  }

  void end() {
    while (more() && list_[next_].is_null()) ++next_;
    if (more())
      parser_.where_.fail("takes " + std::to_string(next_ - 1) + " arguments, and " + text_of(list_[next_]) +
                          " is one more");
  }

  value const& any(char const* what) {
    if (!more()) parser_.where_.fail(std::string(what) + " is missing");
    return list_[next_++];
  }

  std::string name(char const* what = "the name of the task") { return text(any(what), what); }

  std::int64_t integer(char const* what) {
    value const& v = any(what);
    if (auto const* n = v.if_int64()) return *n;
    fail(what, "an integer", v);
  }
  double number(char const* what) {
    value const& v = any(what);
    if (auto const* n = v.if_double()) return *n;
    if (auto const* n = v.if_int64()) return static_cast<double>(*n);
    if (auto const* n = v.if_uint64()) return static_cast<double>(*n);
    fail(what, "a number", v);
  }
  bool boolean(char const* what, bool otherwise) {
    if (!given()) return otherwise;
    value const& v = any(what);
    if (auto const* b = v.if_bool()) return *b;
    fail(what, "true or false", v);
  }
  microseconds delay(char const* what) { return to_delay(any(what), what); }
  std::optional<microseconds> limit(char const* what) {
    value const& v = any(what);
    return v.is_null() ? std::nullopt : std::optional(to_delay(v, what));
  }

  names task_names() {
    constexpr auto what = "the list of tasks";
    value const& v = any(what);
    if (!v.is_array()) fail(what, "a list of names", v);
    names all;
    for (value const& each : v.get_array()) all.push_back(text(each, what));
    return all;
  }
  std::vector<value> values(char const* what) {
    value const& v = any(what);
    if (!v.is_array()) fail(what, "a list", v);
    return {v.get_array().begin(), v.get_array().end()};
  }

  block body(char const* what = ".block") { return parser_.parse_block(any(what + 1), what); }
  child task() {
    std::string task_name = name();
    return {std::move(task_name), body()};
  }
  children tasks() {
    constexpr auto what = "the list of children";
    value const& v = any(what);
    if (!v.is_array()) fail(what, "[[name, block], ...]", v);
    children all;
    for (std::size_t i = 0; i < v.get_array().size(); ++i) {
      place::step const here(parser_.where_, ".children" + index(i));
      auto const* const pair = v.get_array()[i].if_array();
      if (pair == nullptr || pair->size() != 2 || !pair->front().is_string())
        parser_.where_.fail("a child is [name, block], not " + text_of(v.get_array()[i]));
      all.push_back({text(pair->front(), what), parser_.parse_block((*pair)[1], ".block")});
    }
    return all;
  }

  wait_mode mode() {
    if (!given()) return wait_mode::all_completed;
    value const& v = any("the mode");
    if (v == "ALL_COMPLETED") return wait_mode::all_completed;
    if (v == "FIRST_COMPLETED") return wait_mode::first_completed;
    if (v == "FIRST_EXCEPTION") return wait_mode::first_exception;
    fail("the mode", "ALL_COMPLETED, FIRST_COMPLETED or FIRST_EXCEPTION", v);
  }

  op::try_ try_clauses() {
    op::try_ s;
    s.body = body();
    if (!given()) return s;
    value const& v = any("the object with except, handler, reraise and finally");
    if (!v.is_object()) fail("the second argument", "an object with except, handler, reraise and finally", v);
    for (auto const& [key, member] : v.get_object()) {
      if (key == "except") {
        s.except = except(member);
      } else if (key == "handler") {
        s.handler = parser_.parse_block(member, ".handler");
      } else if (key == "reraise") {
        if (!member.is_bool() && !member.is_null()) fail("reraise", "true or false", member);
        s.reraise = member == true;
      } else if (key == "finally") {
        s.finally = parser_.parse_block(member, ".finally");
      }
    }
    return s;
  }

  object_name object(std::initializer_list<object_kind> kinds) {
    std::string const object = name("the name of the object");
    std::vector<object_declaration> const& all = *parser_.objects_;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].name != object) continue;
      for (object_kind const k : kinds)
        if (all[i].kind == k) return {object, i};
      parser_.where_.fail("'" + object + "' is an object of another kind");
    }
    parser_.where_.fail("'" + object + "' is not among the objects of the program");
  }

 private:
  [[noreturn]] void fail(char const* what, char const* kind, value const& v) const {
    parser_.where_.fail(std::string(what) + " must be " + kind + ", not " + text_of(v));
  }
  std::string text(value const& v, char const* what) const {
    if (!v.is_string()) fail(what, "a string", v);
    return std::string(v.get_string());
  }
  microseconds to_delay(value const& v, char const* what) const {
    if (auto const* n = v.if_int64()) return microseconds(*n);
    if (auto const* n = v.if_double(); n != nullptr && std::abs(*n) < 1e18 && std::trunc(*n) == *n)
      return microseconds(static_cast<std::int64_t>(*n));
    fail(what, "a whole number of microseconds", v);
  }
  caught_by except(value const& v) const {
    if (v.is_null()) return caught_by::nothing;
    if (v == "any") return caught_by::any;
    if (v == "cancelled") return caught_by::cancelled;
    if (v == "timeout") return caught_by::timeout;
    if (v == "group") return caught_by::group;
    if (v == "error") return caught_by::error;
    fail("except", "any, cancelled, timeout, group, error or null", v);
  }

  parser& parser_;
  json::array const& list_;
  std::size_t next_ = 1;
};

struct statement_type {
  std::string_view name;
  statement (*parse)(arguments& a);
};

using enum object_kind;
constexpr auto names_a_lock = {lock, semaphore, condition};
constexpr auto names_a_queue = {queue, lifo, priority};

// Braces evaluate their elements from left to right, the order of the arguments.
constexpr statement_type statement_types[] = {
    {"log", [](arguments& a) { return statement{op::log{a.any("the text")}}; }},
    {"sleep", [](arguments& a) { return statement{op::sleep{a.delay("the delay")}}; }},
    {"yield", [](arguments&) { return statement{op::yield{}}; }},
    {"return", [](arguments& a) { return statement{op::return_{a.more() ? a.any("the value") : value()}}; }},
    {"raise", [](arguments& a) { return statement{op::raise{a.any("the kind of error")}}; }},
    {"repeat",
     [](arguments& a) {
       return statement{op::repeat{a.integer("the count"), a.body()}};
     }},
    {"try", [](arguments& a) { return statement{a.try_clauses()}; }},
    {"spawn", [](arguments& a) { return statement{op::spawn{a.task()}}; }},
    {"await", [](arguments& a) { return statement{op::await{a.name()}}; }},
    {"cancel", [](arguments& a) { return statement{op::cancel{a.name()}}; }},
    {"self_cancel", [](arguments&) { return statement{op::self_cancel{}}; }},
    {"cancelling", [](arguments&) { return statement{op::cancelling{}}; }},
    {"uncancel", [](arguments&) { return statement{op::uncancel{}}; }},
    {"state", [](arguments& a) { return statement{op::state{a.name()}}; }},
    {"gather",
     [](arguments& a) {
       return statement{op::gather{a.task_names(), a.boolean("return_exceptions", false)}};
     }},
    {"gather_blocks",
     [](arguments& a) {
       return statement{op::gather_blocks{a.tasks(), a.boolean("return_exceptions", false)}};
     }},
    {"wait",
     [](arguments& a) {
       return statement{op::wait{a.task_names(), a.mode(), a.more() ? a.limit("the timeout") : std::nullopt}};
     }},
    {"as_completed",
     [](arguments& a) {
       return statement{op::as_completed{a.task_names(), a.more() ? a.limit("the timeout") : std::nullopt}};
     }},
    {"shield", [](arguments& a) { return statement{op::shield{a.name()}}; }},
    {"wait_for",
     [](arguments& a) {
       return statement{op::wait_for{a.name(), a.limit("the limit")}};
     }},
    {"timeout",
     [](arguments& a) {
       return statement{op::timeout{a.limit("the limit"), a.body()}};
     }},
    {"group",
     [](arguments& a) {
       return statement{op::group{a.tasks(), a.more() ? a.body() : block()}};
     }},
    {"queue_put",
     [](arguments& a) {
       return statement{op::queue_put{a.object(names_a_queue), a.any("the value")}};
     }},
    {"queue_get", [](arguments& a) { return statement{op::queue_get{a.object(names_a_queue)}}; }},
    {"lock",
     [](arguments& a) {
       return statement{op::lock{a.object(names_a_lock), a.body()}};
     }},
    {"event_set", [](arguments& a) { return statement{op::event_set{a.object({event})}}; }},
    {"event_clear", [](arguments& a) { return statement{op::event_clear{a.object({event})}}; }},
    {"event_wait", [](arguments& a) { return statement{op::event_wait{a.object({event})}}; }},
    {"cond_wait", [](arguments& a) { return statement{op::cond_wait{a.object({condition})}}; }},
    {"cond_notify",
     [](arguments& a) {
       return statement{op::cond_notify{a.object({condition}), a.given() ? a.integer("the count") : 1}};
     }},
    {"barrier", [](arguments& a) { return statement{op::barrier{a.object({barrier})}}; }},
    {"randint",
     [](arguments& a) {
       return statement{op::randint{a.integer("the first bound"), a.integer("the second bound")}};
     }},
    {"uniform",
     [](arguments& a) {
       return statement{op::uniform{a.number("the first bound"), a.number("the second bound")}};
     }},
    {"gauss",
     [](arguments& a) {
       return statement{op::gauss{a.number("the mean"), a.number("the deviation")}};
     }},
    {"choice", [](arguments& a) { return statement{op::choice{a.values("the list of values")}}; }},
    {"shuffle", [](arguments& a) { return statement{op::shuffle{a.values("the list of values")}}; }},
    {"sample",
     [](arguments& a) {
       return statement{op::sample{a.values("the list of values"), a.integer("the count")}};
     }},
    {"sleep_uniform",
     [](arguments& a) {
       return statement{op::sleep_uniform{a.number("the first bound"), a.number("the second bound")}};
     }},
};

statement parser::parse_statement(value const& v) {
  auto const* const list = v.if_array();
  if (list == nullptr || list->empty() || !list->front().is_string())
    where_.fail("a statement is a list that begins with its name, not " + text_of(v));
  std::string_view const name = list->front().get_string();
  for (statement_type const& type : statement_types) {
    if (type.name != name) continue;
    place::step const here(where_, " (" + std::string(name) + ")");
    arguments a(*this, *list);
    statement s = type.parse(a);
    a.end();
    return s;
  }
  where_.fail("'" + std::string(name) + "' is no statement");
}

}  // namespace

program parse_program(value const& document) { return parser().parse(document); }

std::vector<program> parse_programs(std::string_view text) {
  std::vector<program> all;
  constexpr std::string_view white = " \t\r\n";
  while (true) {
    std::size_t const begin = text.find_first_not_of(white);
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    json::parse_options options;
    options.max_depth = deepest;
    json::basic_parser<document_builder> p(options);
    json::error_code failure;
    text.remove_prefix(p.write_some(true, text.data(), text.size(), failure));
    if (!failure && !p.done()) p.write_some(false, nullptr, 0, failure);  // it is incomplete, or a number
    if (failure)
      throw malformed("not JSON: " + failure.message() +
                      (text.empty() ? "" : ", before " + std::string(text.substr(0, 40))));
    all.push_back(parse_program(p.handler().release()));
  }
  if (all.empty()) throw malformed("there is no program in it");
  return all;
}

}  // namespace differential
