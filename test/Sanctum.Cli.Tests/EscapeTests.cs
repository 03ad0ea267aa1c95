using System.CommandLine;

namespace Sanctum.Cli.Tests;

/// <summary>On a real terminal: nothing but text comes out, whatever the terminal could do.</summary>
public sealed class EscapeTests
{
    // Each in its place: a vault is made, used by itself and with a daemon, and saved.
    private static readonly string[] Commands =
    [
        "--help", "--version", "store --help", "xyzzy", "daemon status", "list", "init", "init", "service list", "service show openai", "store a/b --value 0123456789abcdef0123456789abcdef",
        "get a/b", "get no/where", "list", "agent register worker", "agent list", "policy add p --principal agent:worker --resources a/* --actions use", "policy list",
        "policy set p --principal agent:worker --resources a/* --actions use,list", "policy show p", "policy apply -f policies --dry-run", "policy apply -f policies",
        "agent rotate-key worker", "agent disable worker", "agent enable worker", "agent freeze worker --reason tried", "agent unfreeze worker", "docs", "docs errors",
        "policy simulate --agent worker --resource a/b --action use", "audit log", "audit verify", "backup saved", "restore saved --vault-path again", "vault move --to folder", "attack --dry-run",
        "completion bash", "man", "daemon start", "daemon start", "daemon status", "node list", "vault upgrade", "list", "audit log", "audit verify", "lease status", "lease revoke --all", "approval list", "approval approve none",
        "approval deny none", "approval show none", "approval grant none", "login", "read a/b --agent worker", "request a/b https://api.example.com/ --agent worker", "sign a/b /proc/version --agent worker", "git-credential get --json", "docker-credential list",
        "api-key-helper a/b --agent worker", "run --agent worker -- echo done", "doctor --agent worker -- curl", "backup saved --force", "seal", "list", "unseal", "policy remove p", "agent remove worker", "remove a/b", "passphrase change --new-passphrase-file new",
        "seal-provider add keyring", "seal-provider list", "seal-provider test keyring", "seal-provider test none", "seal-provider remove keyring", "daemon stop", "demo", "import new", "scan", "mcp install cursor --agent worker", "mcp install cursor --agent worker --print", "mcp tools server --agent worker",
    ];

    [Fact]
    public async Task No_command_writes_an_escape_sequence_to_a_terminal()
    {
        await using var folder = new CliFolder();
        (folder.Environment["TERM"], folder.Environment["COLORTERM"], folder.Environment["LANG"]) = ("xterm-256color", "truecolor", "C.UTF-8");
        folder.Write("new", CliFolder.Passphrase + "\n");
        File.SetUnixFileMode(Path.Join(folder.Home, "new"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        folder.Write("policies", """{"policies":[{"name":"p","principal":"agent:worker","resources":["a/*"],"actions":["use"]}]}""");
        foreach (var command in Commands)
        {
            var words = command.Replace("saved", Path.Join(folder.Home, "saved"), StringComparison.Ordinal)
                .Replace("again", Path.Join(folder.Home, "again"), StringComparison.Ordinal)
                .Replace("-f policies", $"-f {Path.Join(folder.Home, "policies")}", StringComparison.Ordinal)
                .Replace("file new", $"file {Path.Join(folder.Home, "new")}", StringComparison.Ordinal)
                .Replace("a/*", "'a/*'", StringComparison.Ordinal);
            var seen = await CliProcess.TalkAsync(words, folder.Environment);

            Assert.False(seen.Contains('\u001b', StringComparison.Ordinal), $"sanctum {command}: {seen.Replace("\u001b", "ESC", StringComparison.Ordinal)}");
            Assert.NotEqual("", seen);
        }
    }

    [Fact]
    public async Task A_daemon_in_the_foreground_and_a_throw_away_vault_write_none_either()
    {
        await using var folder = new CliFolder();
        folder.Environment["TERM"] = "xterm-256color";
        await folder.MakeVaultAsync();

        Assert.DoesNotContain("\u001b", await CliProcess.TalkAsync("daemon start --foreground", folder.Environment, ($"serving agents on {folder.Vault}/vault.sock\r\n", "\u0003")), StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", await CliProcess.TalkAsync("dev", folder.Environment, ("Ctrl-C ends it and removes everything.\r\n", "\u0003")), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_command_is_tried() =>
        Assert.Equal(["mcp serve", "mcp wrap", "dev"], Names(Program.Commands(), "").Where(name => !Array.Exists(Commands, it => $"{it} ".StartsWith($"{name} ", StringComparison.Ordinal))));

    private static IEnumerable<string> Names(Command command, string name) => command.Subcommands.Count == 0
        ? [name]
        : command.Subcommands.Where(it => !it.Hidden).SelectMany(it => Names(it, name.Length == 0 ? it.Name : $"{name} {it.Name}"));
}
