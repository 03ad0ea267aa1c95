using System.CommandLine;
using Sanctum.Agents;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum agent rotate-key NAME</c></summary>
internal static class AgentRotateKeyCommand
{
    public static Command Create(Runner runner)
    {
        var name = new Argument<string>("NAME") { Description = "The agent" };
        var publicKey = new Option<string?>("--public-key") { Description = "The new Ed25519 public key, 64 hex digits. Default: a new key pair is made", HelpName = "HEX" };
        var protect = new Option<bool>("--protect") { Description = "Encrypt the new key file under a passphrase of its own. Default: as the old one" };
        var keyPassphrase = new Option<string?>("--key-passphrase-file") { Description = "A file with that passphrase. Default: a prompt", HelpName = "FILE" };
        var command = new Command("rotate-key", "Give an agent a new key; the old key, the agent's sessions and its leases end at once")
        {
            name, publicKey, protect, keyPassphrase,
        };
        return runner.Bind(command, run =>
        {
            var agent = AgentName.Parse(run.Get(name)).Value;
            var protects = run.Get(protect) || run.Has(keyPassphrase);
            return run.Get(publicKey) is not { } given ? run.AsOperatorAsync(vault => ReplaceAsync(run, vault, agent, protects, run.Get(keyPassphrase)))
                : protects ? throw CliErrors.Usage("--public-key and --protect can't be combined", "with a public key, there is no key file to protect")
                : run.AsOperatorAsync(async vault => Report(run, await vault.RotateAgentKeyAsync(agent, given, run.Cancelled).ConfigureAwait(false), keyFile: null));
        });
    }

    private static async Task ReplaceAsync(Run run, IOperatorApi vault, string agent, bool protect, string? passphraseFile)
    {
        var key = ReplacementKey.Write(run.Vault, agent, protect, passphraseFile);
        AgentView rotated;
        try
        {
            rotated = await vault.RotateAgentKeyAsync(agent, key.PublicKey, run.Cancelled).ConfigureAwait(false);
        }
        catch (OperatorException refused) when (!Failure.IsUnknown(refused))
        {
            key.Discard();
            throw;
        }
        catch (OperatorException unknown)
        {
            throw CliErrors.RotationUnknown(key.Waiting, unknown);
        }

        key.TakePlace();
        Report(run, rotated, key.Path);
    }

    private static void Report(Run run, AgentView agent, string? keyFile)
    {
        run.Terminal.Result(new RegisteredDocument(agent, keyFile), json => json.RegisteredDocument, () =>
        {
            run.Terminal.Line($"agent {agent.Name} has a new key; the old one no longer works");
            if (keyFile is not null)
            {
                run.Terminal.Line($"key file {keyFile}");
            }
        });
        run.Terminal.Note("its sessions, calls and leases ended; its policies stay");
        if (!agent.Enabled)
        {
            run.Terminal.Note($"it is disabled; 'sanctum agent enable {agent.Name}' lets it sign in");
        }
    }
}
