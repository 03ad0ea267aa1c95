using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Cli.Policies;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum policy apply -f FILE</c></summary>
internal static class PolicyApplyCommand
{
    public static Command Create(Runner runner)
    {
        var file = new Option<string>("--file", "-f") { Description = "JSON, as 'sanctum policy list --json' prints it; '-' for stdin", HelpName = "FILE", Required = true };
        var dryRun = new Option<bool>("--dry-run") { Description = "Show the difference, and change nothing" };
        var prune = new Option<bool>("--prune") { Description = "Also remove the policies that are not in the file" };
        var command = new Command("apply", "Apply the policies of a file: all of it in one commit, or nothing") { file, dryRun, prune };
        return runner.Bind(command, run =>
        {
            var request = new ApplyRequest(PolicyFile.Read(run.Get(file)!), run.Get(prune));
            return run.AsOperatorAsync(vault => ApplyAsync(run, vault, request, run.Get(dryRun)));
        });
    }

    private static async Task ApplyAsync(Run run, IOperatorApi vault, ApplyRequest request, bool dryRun)
    {
        var changes = dryRun
            ? await vault.ComparePoliciesAsync(request, run.Cancelled).ConfigureAwait(false)
            : await vault.ApplyPoliciesAsync(request, run.Cancelled).ConfigureAwait(false);
        var document = new AppliedDocument(dryRun, changes.Added, changes.Changed, changes.Removed, [.. changes.Unchanged.Select(it => it.Name)]);
        run.Terminal.Result(document, json => json.AppliedDocument, () =>
        {
            foreach (var line in PolicyDifference.Lines(document))
            {
                run.Terminal.Line(line);
            }
        });
        if (dryRun)
        {
            run.Terminal.Note("nothing was changed: --dry-run");
        }
    }
}
