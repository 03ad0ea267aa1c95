using System.CommandLine;
using Sanctum.Agents;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum agent register NAME</c></summary>
internal static class AgentRegisterCommand
{
    private sealed record Request(AgentName Name, string Description, string? PublicKey, bool Protect, string? KeyPassphraseFile);

    public static Command Create(Runner runner)
    {
        var name = new Argument<string>("NAME") { Description = "1 to 64 letters, digits, '_' and '-'" };
        var description = new Option<string?>("--description") { Description = "A description, one line", HelpName = "D" };
        var publicKey = new Option<string?>("--public-key") { Description = "The agent's Ed25519 public key, 64 hex digits. Default: a new key pair", HelpName = "HEX" };
        var protect = new Option<bool>("--protect") { Description = "Encrypt the key file under a separate passphrase: keys/NAME.key.enc" };
        var keyPassphrase = new Option<string?>("--key-passphrase-file") { Description = "A file with that passphrase. Default: a prompt", HelpName = "FILE" };
        var command = new Command("register", "Register an agent, and write keys/NAME.key in the vault's folder unless a public key is given")
        {
            name, description, publicKey, protect, keyPassphrase,
        };
        return runner.Bind(command, run =>
        {
            var request = new Request(AgentName.Parse(run.Get(name)), run.Get(description) ?? "", run.Get(publicKey), run.Get(protect) || run.Has(keyPassphrase), run.Get(keyPassphrase));
            return request.PublicKey is not null && request.Protect
                ? throw CliErrors.Usage("--public-key and --protect can't be combined", "with a public key, there is no key file to protect")
                : run.AsOperatorAsync(vault => RegisterAsync(run, vault, request));
        });
    }

    private static async Task RegisterAsync(Run run, IOperatorApi vault, Request request)
    {
        if (request.PublicKey is { } publicKey)
        {
            Report(run, await vault.RegisterAgentAsync(request.Name.Value, publicKey, request.Description, run.Cancelled).ConfigureAwait(false), keyFile: null);
            return;
        }

        // The key first: an agent whose key could not be written would be registered and unable to connect.
        var key = NewKeyFile.Write(run.Vault, request.Name.Value, request.Protect, request.KeyPassphraseFile);
        try
        {
            Report(run, await vault.RegisterAgentAsync(request.Name.Value, key.PublicKey, request.Description, run.Cancelled).ConfigureAwait(false), key.Path);
        }
        catch (OperatorException refused) when (!Failure.IsUnknown(refused))
        {
            File.Delete(key.Path); // It is refused, so the key is nobody's. When the outcome is unknown, it stays.
            throw;
        }
    }

    private static void Report(Run run, AgentView agent, string? keyFile)
    {
        run.Terminal.Result(new RegisteredDocument(agent, keyFile), json => json.RegisteredDocument, () =>
        {
            run.Terminal.Line($"registered agent {agent.Name}");
            if (keyFile is not null)
            {
                run.Terminal.Line($"key file {keyFile}");
            }
        });
        run.Terminal.Note($"it has no permissions yet; grant some with 'sanctum policy add NAME --principal agent:{agent.Name} --resources PATTERN --actions list,use'");
    }
}
