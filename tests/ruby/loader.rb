# Reads `.ddl` files as Ruby itself does, and prints for each of them a line of
# JSON: the DDL in its JSON form, or {"error": ".."}.
#
#     ruby loader.rb FILE..

require "json"

# The words of the DDL. Whatever else is called within it is a function of an
# aggregate; nothing of Ruby is there.
class Words < BasicObject
  def initialize(ddl)
    @ddl = ddl
    @ddl[:actions] = []
  end

  # DDLs of agents that are read by older clients ask for `summarize` first.
  def respond_to?(word)
    %i[metadata requires usage action display input output summarize aggregate].include?(word.to_sym)
  end

  # JSON has booleans where Ruby takes any value for one.
  def with_booleans(about)
    about.to_h do |key, value|
      is_boolean = %w[optional service].include?(key.to_s) && !value.nil?
      [key, is_boolean ? !!value : value]
    end
  end

  def metadata(about)
    @ddl[:metadata] = with_booleans(about)
  end

  def requires(other)
    @ddl[:requires] = (@ddl[:requires] || {}).merge(other)
  end

  def usage(text)
    @ddl[:usage] = text
  end

  # In clients, too, an action that comes again is added to the one that is
  # there, whose description stays. JSON has no symbols: to it `:a` is "a".
  def action(name, about = {}, &block)
    @action = @ddl[:actions].find { |action| action[:action].to_s == name.to_s }
    unless @action
      @action = about.merge(:action => name, :input => {}, :output => {}, :aggregate => [])
      @ddl[:actions] << @action
    end
    block.call if block
  end

  def display(word)
    @action[:display] = word
  end

  # Clients make a regular expression of a string there; JSON has none. `m` is the
  # `s` of other languages.
  def with_patterns(about)
    about.to_h do |key, value|
      next [key, value] unless key.to_s == "validation" && ::Regexp === value
      options = {::Regexp::IGNORECASE => "i", ::Regexp::MULTILINE => "s"}
      options = options.select { |bit, _| value.options & bit != 0 }.values.join
      [key, options.empty? ? value.source : "(?#{options})#{value.source}"]
    end
  end

  def input(name, about = {})
    @action[:input][name] = with_patterns(with_booleans(about))
  end

  def output(name, about = {})
    @action[:output][name] = about
  end

  def summarize
    yield
  end

  # As clients have it, which then look for a format in the arguments only.
  def aggregate(function, format = {:format => nil})
    ::Kernel.raise "wanted a :format" unless format.keys == [:format]
    @action[:aggregate] << (format[:format].nil? ? function : function.merge(format))
  end

  # What the object that reads a DDL in a real client answers to: no DDL may
  # call these.
  %i[
    actions
    entities
    findddlfile
    loadddlfile
    validate_input_argument
    validate_rpc_request
  ].each do |name|
    define_method(name) { |*| ::Kernel.raise "the DDL calls #{name}" }
  end

  def method_missing(function, *args)
    {:function => function, :args => args}
  end
end

def read(file)
  ddl = {}
  Words.new(ddl).instance_eval(File.read(file, :encoding => "BOM|UTF-8"), file)
  JSON.generate(ddl, :max_nesting => 0)
rescue ScriptError, StandardError => error
  JSON.generate(:error => "#{error.class}: #{error.message}")
end

ARGV.each { |file| puts read(file) }
