using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace Sanctum.Sdk.Tests;

/// <summary>A program with the packages that people use, under <c>sanctum run</c>: it streams, and the secret is nowhere in it.</summary>
public sealed partial class RunTests(SdkVault vault) : IClassFixture<SdkVault>
{
    [Theory]
    [InlineData("openai", "openai/key")]
    [InlineData("anthropic", "anthropic/token")]
    public async Task A_package_streams_in_a_program_that_knows_nothing_of_the_vault(string package, string credential)
    {
        var words = vault.Streams.Words = Channel.CreateUnbounded<string>();
        using var child = Child.Run(vault, credential, package, vault.Streams.Origin);
        words.Writer.TryWrite("one");
        Assert.Equal("one Bearer [REDACTED]", await child.LineAsync() ?? await child.EndAsync());
        words.Writer.TryWrite("two");
        Assert.Equal("two Bearer [REDACTED]", await child.LineAsync());
        words.Writer.Complete();
        Assert.Equal("done", await child.LineAsync());

        RequireNoSecret(child);
        Assert.Contains(SdkVault.Secret, vault.Streams.Requests.Last().Key, StringComparison.Ordinal);
        Assert.DoesNotContain(SdkVault.Secret, await child.EndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task gRPC_is_called_both_ways_in_a_program_that_knows_nothing_of_the_vault()
    {
        using var child = Child.Run(vault, "openai/key", "grpc", vault.Streams.Origin);
        var said = await child.LineAsync() ?? await child.EndAsync();
        var (text, trailer) = (said.Split('|')[0], said.Split('|')[1]);
        Assert.Equal($"Bearer {SdkVault.Secret} ".Length + "{one}".Length, text.Length);
        Assert.Equal([text[..^5] + "{two}", text[..^5] + "{three}", trailer, "done"], new[] { await child.LineAsync(), await child.LineAsync(), await child.LineAsync(), await child.LineAsync() });
        Assert.Contains(vault.Streams.Requests, it => it == ("/test.Echo/Talk", "HTTP/2", $"Bearer {SdkVault.Secret}"));

        RequireNoSecret(child);
        Assert.DoesNotContain(SdkVault.Secret, await child.EndAsync(), StringComparison.Ordinal);
    }

    // A request through the vault costs a program hardly more memory than one of its own.
    [Fact]
    public async Task The_handler_allocates_at_most_a_third_more_than_an_HttpClient_does()
    {
        using var child = Child.Start(Child.Program, "allocations", Path.Join(vault.Folder, "vault.sock"), Path.Join(vault.Folder, "keys"), $"{vault.Streams.Origin}/ok", vault.AuthorityFile);
        var said = await child.LineAsync() ?? await child.EndAsync();
        var figures = Figures().Match(said);
        var (bare, handler) = (double.Parse(figures.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture), double.Parse(figures.Groups[2].ValueSpan, System.Globalization.CultureInfo.InvariantCulture));
        TestContext.Current.SendDiagnosticMessage($"bytes for each request: {said}");
        Assert.True(handler <= bare * 1.3, $"bytes for each request (bare, handler): {said}");
        await child.EndAsync();
    }

    // The targets are 2 KB and 2 ms. Time is the benchmark's: other tests have the processors too.
    [Fact]
    public async Task A_call_allocates_less_than_two_kilobytes_and_signing_in_less_than_24()
    {
        using var child = Child.Start(Child.Program, "calls", Path.Join(vault.Folder, "vault.sock"), Path.Join(vault.Folder, "keys"));
        var said = await child.LineAsync() ?? await child.EndAsync();
        TestContext.Current.SendDiagnosticMessage($"bytes for each sign, and to sign in: {said}");
        var figures = said.Split(' ').Select(figure => long.Parse(figure, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        Assert.True(figures[0] < 2048, $"{figures[0]} bytes for each sign");
        Assert.True(figures[1] < 24 * 1024, $"{figures[1]} bytes to sign in");
        await child.EndAsync();
    }

    // In MiB. SANCTUM_TEST_TRANSFER says how much is read and sent.
    [Fact]
    public async Task Large_bodies_take_the_same_memory_of_a_program_as_small_ones()
    {
        const int most = 48;
        var size = Environment.GetEnvironmentVariable("SANCTUM_TEST_TRANSFER") ?? "64";
        using var child = Child.Start(Child.Program, "transfers", Path.Join(vault.Folder, "vault.sock"), Path.Join(vault.Folder, "keys"), vault.Streams.Origin, size);
        var grown = await child.LineAsync() ?? await child.EndAsync();
        TestContext.Current.SendDiagnosticMessage($"{size} MiB each way: the most memory grew by {grown} MiB");
        Assert.InRange(long.Parse(grown, System.Globalization.CultureInfo.InvariantCulture), 0, most);
        await child.EndAsync();
    }

    private static void RequireNoSecret(Child child)
    {
        var program = child.Innermost();
        Assert.NotEmpty(Memory.Find(program, "SERVICE_KEY")); // What is there is found.
        Assert.Empty(Memory.Find(program, SdkVault.Secret));
    }

    [GeneratedRegex(@"\((\d+), (\d+)\)")]
    private static partial Regex Figures();
}
