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

  def metadata(about)
    @ddl[:metadata] = about
  end

  def requires(other)
    @ddl[:requires] = (@ddl[:requires] || {}).merge(other)
  end

  def usage(text)
    @ddl[:usage] = text
  end

  def action(name, about = {}, &block)
    @action = about.merge(:action => name, :input => {}, :output => {}, :aggregate => [])
    @ddl[:actions] << @action
    block.call
  end

  def display(word)
    @action[:display] = word
  end

  def input(name, about = {})
    @action[:input][name] = about
  end

  def output(name, about = {})
    @action[:output][name] = about
  end

  def summarize
    yield
  end

  def aggregate(function)
    @action[:aggregate] << function
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
  ddl
rescue ScriptError, StandardError => error
  {:error => "#{error.class}: #{error.message}"}
end

ARGV.each { |file| puts JSON.generate(read(file), :max_nesting => 0) }
