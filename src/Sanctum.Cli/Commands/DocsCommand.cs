using System.CommandLine;
using System.Text;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Manual;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum docs [PAGE]</c></summary>
internal static class DocsCommand
{
    public static Command Create(Runner runner)
    {
        var page = new Argument<string?>("PAGE") { Description = "A page, a section such as requests#connections, an error's code, or its docs_url. Default: list the pages", Arity = ArgumentArity.ZeroOrOne, HelpName = "PAGE" };
        page.CompletionSources.Add([.. CarriedPages.Names]);
        return runner.Bind(new Command("docs", "Print a page of the documentation, such as 'errors' or 'configuration'") { page }, run =>
        {
            if (run.Get(page) is { Length: > 0 } wanted)
            {
                Show(run, wanted);
            }
            else
            {
                run.Terminal.Result(new DocsDocument(CarriedPages.Names, null, null, null), json => json.DocsDocument, () => run.Terminal.Line(string.Join('\n', CarriedPages.Names)));
            }

            return Task.CompletedTask;
        });
    }

    private static void Show(Run run, string wanted)
    {
        var (name, section) = CarriedPages.Read(wanted);
        if (!CarriedPages.Names.Contains(name))
        {
            throw CliErrors.UnknownWord(name, CarriedPages.Names, "there is no such page", word => $"there is no page '{word}'", "'sanctum docs' lists the pages");
        }

        var whole = CarriedPages.TextOf(name);
        var text = section is null ? whole : CarriedPages.SectionOf(whole, section)
            ?? throw CliErrors.UnknownWord(section, CarriedPages.SectionsOf(whole), $"page '{name}' has no such section", word => $"page '{name}' has no section '{word}'", $"'sanctum docs {name}' prints all of it");
        run.Terminal.Result(new DocsDocument(null, name, section, text), json => json.DocsDocument, () => run.Terminal.Bytes(Encoding.UTF8.GetBytes(text)));
    }
}
