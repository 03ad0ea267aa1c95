using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Terminals;
using Sanctum.Client;

namespace Sanctum.Cli.Hosts;

/// <summary>
/// Docker's protocol for credential helpers (docker/docker-credential-helpers): the server's address on stdin, JSON on stdout. What goes wrong is
/// said on stdout, where Docker reads it, with exit code 1.
/// </summary>
internal sealed class DockerDialogue(Run run, HostCredentials hosts, Func<SanctumClient> open)
{
    /// <summary>The name of a link to this executable that Docker runs for <c>"credsStore": "sanctum"</c>.</summary>
    public const string LinkName = "docker-credential-sanctum";

    // Docker compares this text, and then asks without a password.
    private const string NotFound = "credentials not found in native keychain";
    private const string Hub = "index.docker.io";
    private const int Longest = 64 * 1024;

    public async Task<int> RunAsync(string operation)
    {
        try
        {
            return operation switch
            {
                "get" => await GetAsync(ReadInput()).ConfigureAwait(false),
                "list" => List(),
                "store" or "erase" => throw CliErrors.OperatorsOnly(),
                _ => throw CliErrors.UnknownWord(operation, ["get", "list", "store", "erase"], "Docker has no such operation", word => $"Docker has no operation '{word}'", "there are get, list, store and erase"),
            };
        }
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            run.Terminal.Line($"sanctum: {Failure.From(failed).Message}");
            throw;
        }
    }

    private static string ReadInput()
    {
        using var input = StandardStreams.OpenInput();
        var text = new byte[Longest + 1];
        var length = input.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        return length <= Longest ? Encoding.UTF8.GetString(text, 0, length).Trim() : throw CliErrors.Usage($"what Docker asks has more than {Longest / 1024} KiB");
    }

    private async Task<int> GetAsync(string server)
    {
        // Docker Hub goes by several names.
        var credential = hosts.Find(server) ?? (HostName.Of(server) == Hub ? hosts.Find("docker.io") : null);
        if (credential is null)
        {
            run.Terminal.Line(NotFound);
            return ExitCode.Refused;
        }

        await using var client = open();
        await using var lease = await AgentSecret.TakeAsync(client, credential.Path, run.Cancelled).ConfigureAwait(false);
        if (!Utf8.IsValid(lease.Bytes.Span))
        {
            throw CliErrors.SecretNotText(credential.Path);
        }

        // A string for once: JSON has no other form.
        Write(new DockerCredential(server, credential.User ?? HostCredential.AnyUser, lease.GetString()), HostsJson.Default.DockerCredential);
        return ExitCode.Done;
    }

    private int List()
    {
        Write(hosts.All.ToDictionary(it => $"https://{it.Key}", it => it.Value.User ?? HostCredential.AnyUser, StringComparer.Ordinal), HostsJson.Default.IReadOnlyDictionaryStringString);
        return ExitCode.Done;
    }

    private void Write<T>(T document, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        run.Terminal.Bytes(JsonSerializer.SerializeToUtf8Bytes(document, type));
        run.Terminal.Bytes("\n"u8);
    }
}
