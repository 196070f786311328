#include <asyncio/error.hpp>
#include <asyncio/exception_group.hpp>

#include <boost/core/demangle.hpp>

#include <mutex>
#include <typeinfo>

#if __has_include(<cxxabi.h>)
#include <cxxabi.h>
#endif

namespace asyncio {

struct exception_group::shared {
  shared(std::string text_of_all, std::vector<std::exception_ptr> members) noexcept
      : message(std::move(text_of_all)), exceptions(std::move(members)) {}

  std::string const message;
  std::vector<std::exception_ptr> const exceptions;
  mutable std::once_flag printed;
  mutable std::string text;
};

namespace {

std::optional<exception_group> as_group(std::exception_ptr const& e) {
  try {
    std::rethrow_exception(e);
  } catch (exception_group const& g) {
    return g;
  } catch (...) {
    return std::nullopt;
  }
}

/// The type of the exception that is being handled.
std::string handled_type() {
#if __has_include(<cxxabi.h>)
  if (std::type_info const* const type = abi::__cxa_current_exception_type())
    return boost::core::demangle(type->name());
#endif
  return "an exception";
}

/// Line after line, each but the first below that indent.
void print_text(std::string& text, std::string const& indent, char const* what) {
  for (char const* c = what; *c != '\0'; ++c) {
    if (*c == '\n') {
      text += indent + "  ";
    } else {
      text += *c;
    }
  }
}

/// Python's `str(group)`.
std::string headline(exception_group const& g) {
  std::size_t const n = g.exceptions().size();
  return std::string(g.message()) + " (" + std::to_string(n) + (n == 1 ? " sub-exception)" : " sub-exceptions)");
}

}  // namespace

exception_group::exception_group(std::string message, std::vector<std::exception_ptr> exceptions)
    : shared_(std::make_shared<shared const>(std::move(message), std::move(exceptions))) {
  if (shared_->exceptions.empty())
    throw value_error(
        "asyncio::exception_group: '" + shared_->message +
        "' was given no exceptions; a group has at least one, throw it only when there is something to tell");
  for (std::exception_ptr const& e : shared_->exceptions)
    if (!e)
      throw value_error("asyncio::exception_group: '" + shared_->message +
                        "' was given a null exception_ptr; leave out what did not fail");
}

exception_group::~exception_group() = default;

std::string_view exception_group::message() const noexcept { return shared_->message; }

std::span<std::exception_ptr const> exception_group::exceptions() const noexcept { return shared_->exceptions; }

// -- taking apart ------------------------------------------------------------------------------------------------------

bool exception_group::contains_if(predicate* matches) const {
  for (std::exception_ptr const& e : exceptions()) {
    if (matches(e)) return true;
    if (auto const inner = as_group(e); inner && inner->contains_if(matches)) return true;
  }
  return false;
}

exception_group::parts exception_group::split_if(predicate* matches) const {
  if (matches(std::make_exception_ptr(*this))) return {*this, std::nullopt};
  return split_members(matches);
}

exception_group::parts exception_group::split_members(predicate* matches) const {
  std::vector<std::exception_ptr> matching;
  std::vector<std::exception_ptr> rest;
  for (std::exception_ptr const& e : exceptions()) {
    if (matches(e)) {
      matching.push_back(e);
    } else if (auto const inner = as_group(e)) {
      auto const [matched, left] = inner->split_members(matches);
      if (matched) matching.push_back(left ? std::make_exception_ptr(*matched) : e);
      if (left) rest.push_back(matched ? std::make_exception_ptr(*left) : e);
    } else {
      rest.push_back(e);
    }
  }
  if (rest.empty()) return {*this, std::nullopt};
  if (matching.empty()) return {std::nullopt, *this};
  std::string const text(message());
  return {exception_group(text, std::move(matching)), exception_group(text, std::move(rest))};
}

// -- printing ----------------------------------------------------------------------------------------------------------

char const* exception_group::what() const noexcept {
  try {
    std::call_once(shared_->printed, [this] {
      std::string tree;
      print(tree, "\n  ");
      shared_->text = std::move(tree);
    });
    return shared_->text.c_str();
  } catch (...) {  // no memory for the tree
    return shared_->message.c_str();
  }
}

void exception_group::print(std::string& text, std::string const& indent) const {
  text += headline(*this);
  for (std::exception_ptr const& e : exceptions()) print_one(text, indent, e);
}

void exception_group::print_one(std::string& text, std::string const& indent, std::exception_ptr const& e) {
  text += indent;
  try {
    std::rethrow_exception(e);
  } catch (exception_group const& inner) {
    text += handled_type() + ": ";
    inner.print(text, indent + "  ");
  } catch (std::exception const& plain) {
    text += handled_type() + ": ";
    print_text(text, indent, plain.what());
  } catch (cancelled_error const& cancelled) {
    text += handled_type() + ": ";
    print_text(text, indent, cancelled.what());
  } catch (...) {
    text += handled_type();
  }
}

}  // namespace asyncio
