using System.Security.Cryptography;
using System.Text.Json;

namespace Sanctum.Cli.Tests;

/// <summary>What is pasted at the prompt of <c>sanctum store</c>, on a real terminal, with somebody behind it who reads what is left over.</summary>
public sealed class PasteTests : IAsyncLifetime
{
    private readonly CliFolder _folder = new();

    public async ValueTask InitializeAsync() => await _folder.MakeVaultAsync();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    public static TheoryData<string, string, string> Pastes => new()
    {
        { "a private key", Pem("\n") + "\n", "\n" },
        { "a private key with CR LF", Pem("\r\n") + "\r\n", "\n" },
        { "a private key with CR, as terminals paste", Pem("\r") + "\r", "\n" },
        { "a private key without a line break at the end", Pem("\n"), "\n" },
        { "a key and two certificates, of more than 4096 bytes", Pem("\n") + "\n" + Certificate(3000) + "\n" + Certificate(5000) + "\n", "\n" },
        { "a service account's file", ServiceAccount("\n") + "\n", "\n" },
        { "a service account's file with CR LF", ServiceAccount("\r\n") + "\r\n", "\n" },
        { "one line of more than 4096 bytes", new string('k', 9000) + "\n", "\n" },
    };

    [Theory]
    [MemberData(nameof(Pastes))]
    public async Task All_of_it_is_stored_and_nothing_of_it_goes_to_the_shell(string what, string paste, string lineBreak)
    {
        var (seen, leftOver) = await PasteAsync(paste);

        Assert.Contains("exit=0", seen, StringComparison.Ordinal);
        Assert.True(paste.ReplaceLineEndings(lineBreak).TrimEnd('\n') == await _folder.DoAsync("get a/b"), what);
        Assert.Equal("", leftOver);
        Assert.DoesNotContain("MII", seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("first-line-of-it\nrm -rf canary\nthird\n", "more than one line was pasted")]
    [InlineData("first-line-of-it\r\n\r\nrm -rf canary\r\n", "more than one line was pasted")]
    [InlineData("-----BEGIN A-----\nAAAA\n-----END A-----\nrm -rf canary\n", "more than one line was pasted")]
    public async Task Lines_that_can_not_be_told_from_commands_are_refused_and_thrown_away(string paste, string message)
    {
        var (seen, leftOver) = await PasteAsync(paste);

        Assert.Contains("exit=2", seen, StringComparison.Ordinal);
        Assert.Contains(message, seen, StringComparison.Ordinal);
        Assert.Equal("", leftOver);
        Assert.Equal(1, (await _folder.RunAsync("get a/b")).ExitCode);
    }

    [Fact]
    public async Task More_than_is_taken_is_refused_and_thrown_away_to_its_end()
    {
        var (seen, leftOver) = await PasteAsync(string.Concat(Enumerable.Repeat(new string('k', 100) + "\n", 900)).Insert(0, "-----BEGIN A-----\n"));

        Assert.Contains("more than 65536 bytes", seen, StringComparison.Ordinal);
        Assert.Equal("", leftOver);
    }

    [Fact]
    public async Task Any_lines_are_taken_where_the_terminal_marks_pastes()
    {
        _folder.Environment["TERM"] = "xterm";

        var (seen, leftOver) = await PasteAsync("\e[200~user: ada\r\rpassword: a\nb\r\n\e[201~\r");

        Assert.Contains("\e[?2004hValue of a/b: ", seen, StringComparison.Ordinal);
        Assert.Contains("\e[?2004l", seen, StringComparison.Ordinal);
        Assert.Equal("user: ada\n\npassword: a\nb", await _folder.DoAsync("get a/b"));
        Assert.Equal("", leftOver);
    }

    [Fact]
    public async Task A_pasted_key_signs()
    {
        await PasteAsync(Pem("\r\n") + "\r\n");
        await _folder.DoAsync("agent register bot");
        await _folder.DoAsync("policy add p --principal agent:bot --resources a/* --actions use");

        Assert.StartsWith("allowed", await _folder.DoAsync("policy simulate --agent bot --resource a/b --action use --operation sign"), StringComparison.Ordinal);
    }

    // What the command leaves in the terminal is read by whoever is next there: here it is cat, else the shell.
    private async Task<(string Seen, string LeftOver)> PasteAsync(string paste)
    {
        var leftOver = Path.Join(_folder.Home, "left-over");
        var seen = await CliProcess.TalkInShellAsync(
            $"{CliProcess.Path} store a/b; echo exit=$?; echo over; cat > {leftOver}", _folder.Environment, ("Value of a/b: ", paste), ("over\r\n", "\u0004"));
        return (seen, await File.ReadAllTextAsync(leftOver));
    }

    private static string Pem(string lineBreak)
    {
        using var key = RSA.Create(2048);
        return key.ExportPkcs8PrivateKeyPem().ReplaceLineEndings(lineBreak);
    }

    private static string Certificate(int size) => PemEncoding.WriteString("CERTIFICATE", new byte[size]);

    private static string ServiceAccount(string lineBreak) => JsonSerializer.Serialize(
        new Dictionary<string, string> { ["type"] = "service_account", ["private_key_id"] = "1", ["private_key"] = Pem("\n") },
        new JsonSerializerOptions { WriteIndented = true }).ReplaceLineEndings(lineBreak);
}
