using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Tests;

public sealed class UsageErrorTests
{
    [Theory]
    [InlineData("stoer a/b", "there is no command 'stoer'", "did you mean 'store'?")]
    [InlineData("unlok", "there is no command 'unlok'", "did you mean 'unlock'?")]
    [InlineData("demon start", "there is no command 'demon'", "did you mean 'daemon'?")]
    [InlineData("policy adn", "'sanctum policy' has no command 'adn'", "did you mean 'add'?")]
    [InlineData("polcy list", "there is no command 'polcy'", "did you mean 'policy'?")]
    [InlineData("xyzzy list", "there is no such command", "see 'sanctum --help'")]
    [InlineData("policy x add n", "'sanctum policy' has no such command", "see 'sanctum policy --help'")]
    [InlineData("help", "'sanctum' has no command 'help'", "did you mean 'sanctum --help'?")]
    [InlineData("status", "'sanctum' has no command 'status'", "did you mean 'sanctum daemon status'?")]
    [InlineData("start --sealed", "'sanctum' has no command 'start'", "did you mean 'sanctum daemon start'?")]
    [InlineData("rm a/b", "'sanctum' has no command 'rm'", "did you mean 'sanctum delete'?")]
    [InlineData("agent delete x", "'sanctum agent' has no command 'delete'", "did you mean 'sanctum agent remove'?")]
    [InlineData("policy create x", "'sanctum policy' has no command 'create'", "did you mean 'sanctum policy add'?")]
    [InlineData("list here", "'sanctum list' takes no arguments", "see 'sanctum list --help'")]
    [InlineData("xyzzy", "there is no such command", "see 'sanctum --help'")]
    [InlineData("store a/b --tpye x", "'sanctum store' has no option '--tpye'", "did you mean '--type'?")]
    [InlineData("store --tpye", "'sanctum store' has no option '--tpye'", "did you mean '--type'?")]
    [InlineData("list --jsno", "'sanctum list' has no option '--jsno'", "did you mean '--json'?")]
    [InlineData("get", "'sanctum get' needs PATH", "see 'sanctum get --help'")]
    [InlineData("policy add n --resources r --actions use", "'sanctum policy add' needs --principal", "see 'sanctum policy add --help'")]
    [InlineData("policy add n --principal p --resources r --actions use --max-ttl soon", "--max-ttl has an invalid value", "it takes a whole number")]
    [InlineData("store a/b --value v --value w", "--value is given more than once", "see 'sanctum store --help'")]
    [InlineData("store a/b --type", "--type needs a value", "see 'sanctum store --help'")]
    [InlineData("list --vault-path", "--vault-path needs a value", "see 'sanctum list --help'")]
    [InlineData("daemon", "'sanctum daemon' needs a command", "there are start, stop, status")]
    [InlineData("init now", "'sanctum init' takes no arguments", "see 'sanctum init --help'")]
    public void A_slip_is_named_with_what_was_probably_meant(string command, string message, string hint)
    {
        var error = UsageErrors.Explain(Program.Commands().Parse(command));

        Assert.Equal((message, hint, ExitCode.Usage), (error.Message, error.Hint, error.ExitCode));
    }

    [Theory]
    [InlineData("store openai/key sk-canary-123")]
    [InlineData("store openai/key --vlaue=sk-canary-123")]
    [InlineData("sk-canary-123")]
    [InlineData("policy sk-canary-123")]
    [InlineData("store openai/key -sk-canary-123")]
    [InlineData("store openai/key --sk-canary-123")]
    [InlineData("policy add n --principal p --resources r --actions use --max-ttl sk-canary-123")]
    [InlineData("list --json=sk-canary-123")]
    public void A_secret_in_the_wrong_place_is_not_repeated(string command)
    {
        var error = UsageErrors.Explain(Program.Commands().Parse(command));

        Assert.DoesNotContain("canary", $"{error.Message} {error.Hint}", StringComparison.Ordinal);
    }

    /// <summary>A hint that names a command which there is not would be worse than none.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("agent")]
    [InlineData("policy")]
    [InlineData("lease")]
    [InlineData("audit")]
    [InlineData("daemon")]
    [InlineData("passphrase")]
    public void What_is_meant_by_another_name_is_a_command(string group)
    {
        string[] words =
        [
            "help", "version", "start", "serve", "server", "up", "stop", "down", "status", "info", "rm", "del", "delete", "ls", "add", "put", "set", "write", "import", "read", "show", "cat", "new",
            "create", "open", "close", "logs", "log", "verify", "approve", "deny", "register", "agents", "policies", "leases", "services", "list", "restart", "test", "check", "rotate", "update",
        ];
        foreach (var word in words)
        {
            var parsed = Program.Commands().Parse($"{group} {word}");
            if (parsed.UnmatchedTokens.Count == 0 || UsageErrors.Explain(parsed).Hint is not { } hint || !hint.StartsWith("did you mean 'sanctum", StringComparison.Ordinal))
            {
                continue;
            }

            var meant = hint["did you mean 'sanctum ".Length..^"'?".Length];
            Assert.Empty(Program.Commands().Parse(meant).UnmatchedTokens);
        }
    }

    [Fact]
    public void After_two_dashes_words_are_arguments_whatever_they_look_like()
    {
        Assert.Null(UsageErrors.StrayOption(Program.Commands().Parse("get -- -odd")));
        Assert.Equal("-odd", UsageErrors.StrayOption(Program.Commands().Parse("get -odd")));
    }

    [Fact]
    public void An_options_value_may_begin_with_a_dash() =>
        Assert.Null(UsageErrors.StrayOption(Program.Commands().Parse(["store", "a/b", "--description=-x", "--value=--secret"])));

    [Theory]
    [InlineData("lsit", "list")]
    [InlineData("polcy", "policy")]
    [InlineData("x", null)]
    [InlineData("somethingelse", null)]
    public void The_nearest_word_is_near(string word, string? nearest) =>
        Assert.Equal(nearest, Spelling.Nearest(word, ["list", "policy", "get"]));

    [Theory]
    [InlineData("store", "stoer", 1)]
    [InlineData("store", "stor", 1)]
    [InlineData("store", "stores", 1)]
    [InlineData("", "abc", 3)]
    public void Neighbours_swapped_count_one(string a, string b, int distance) => Assert.Equal(distance, Spelling.Distance(a, b));
}
