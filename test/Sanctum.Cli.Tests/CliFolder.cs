using System.Text;
using System.Text.Json;

namespace Sanctum.Cli.Tests;

/// <summary>A home of its own with a vault's folder in it, gone afterwards; a daemon that was started there is stopped first.</summary>
public sealed class CliFolder : IAsyncDisposable
{
    public const string Passphrase = "correct horse battery";

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("sanctum-cli-");

    public string Home => _home.FullName;

    public string Vault => Path.Join(Home, ".sanctum");

    /// <summary>The environment of commands. Nothing of the tester's own but what .NET needs to start.</summary>
    internal Dictionary<string, string> Environment { get; }

    public CliFolder()
    {
        Environment = new Dictionary<string, string> { ["HOME"] = Home, ["TMPDIR"] = Home, ["PATH"] = "/usr/bin:/bin", ["SANCTUM_PASSPHRASE"] = Passphrase };
        if (System.Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root)
        {
            Environment["DOTNET_ROOT"] = root;
        }
        else if (System.Environment.ProcessPath is not null)
        {
            // The tests' own runtime, wherever it is installed.
            Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Join(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        }
    }

    /// <summary>Puts a vault there without running a command.</summary>
    internal Task MakeVaultAsync() => MadeVault.CopyToAsync(Vault);

    /// <summary>Runs a command as it would be typed; words are separated by single spaces.</summary>
    internal Task<CliResult> RunAsync(string command, string? input = null) =>
        CliProcess.RunAsync(command.Split(' '), Environment, input is null ? null : Encoding.UTF8.GetBytes(input));

    /// <summary>Runs a command that has to succeed.</summary>
    internal async Task<string> DoAsync(string command, string? input = null)
    {
        var result = await RunAsync(command, input);
        Assert.True(result.ExitCode == 0, $"sanctum {command}: {result.ExitCode} {result.Errors}");
        return result.Output;
    }

    /// <summary>What a command prints with <c>--json</c>.</summary>
    internal async Task<JsonElement> JsonAsync(string command, string? input = null) =>
        JsonDocument.Parse(await DoAsync($"{command} --json", input)).RootElement;

    internal string Write(string name, string content)
    {
        var path = Path.Join(Home, name);
        File.WriteAllText(path, content);
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        Environment["SANCTUM_PASSPHRASE"] = Passphrase;
        Environment.Remove("SANCTUM_TOKEN");
        if (File.Exists(Path.Join(Vault, "admin.sock")))
        {
            Assert.Equal(0, (await RunAsync("daemon stop")).ExitCode);
        }

        _home.Delete(recursive: true);
    }
}
