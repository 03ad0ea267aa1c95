using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Sanctum.Analyzers.CodeFixes;

/// <summary>Stripe's client, and its configuration for the whole program.</summary>
internal static class StripeFix
{
    private const string Path = "stripe/api_key", Client = "Stripe.StripeClient";

    // The package looks at how a key begins.
    private const string Unused = "sk_test_unused";

    public static VaultFix? Find(KeyPlace place) => place.TypeOf("Stripe.SystemNetHttpClient") is null ? null : OfClient(place) ?? OfConfiguration(place);

    private static VaultFix? OfClient(KeyPlace place)
    {
        if (place.Argument is not { Parent: ArgumentListSyntax { Parent: BaseObjectCreationExpressionSyntax made } list } key
            || place.TypeOf(made)?.ToDisplayString() != Client
            || list.Arguments.IndexOf(key) != 0
            || list.Arguments.Skip(1).Any(it => it.NameColon is null || it.NameColon.Name.Identifier.ValueText == "httpClient"))
        {
            return null;
        }

        var arguments = list.Arguments.Replace(key, key.WithExpression(place.Placeholder(Unused))).Insert(1, Syntax.Argument(Sender(place), "httpClient"));
        return VaultFix.ByHandler(Path, editor => editor.ReplaceNode(list, list.WithArguments(arguments)));
    }

    // StripeConfiguration.ApiKey = "..."; becomes StripeConfiguration.StripeClient = new StripeClient(...);
    private static VaultFix? OfConfiguration(KeyPlace place)
    {
        if (place.Literal.Parent is not AssignmentExpressionSyntax { Parent: ExpressionStatementSyntax } assignment
            || place.SymbolOf(assignment.Left) is not IPropertySymbol { Name: "ApiKey", ContainingType: { Name: "StripeConfiguration" } configuration })
        {
            return null;
        }

        var client = SyntaxFactory.ObjectCreationExpression((TypeSyntax)place.Name(Client))
            .WithArgumentList(SyntaxFactory.ArgumentList(SyntaxFactory.SeparatedList(new[] { Syntax.Argument(place.Placeholder(Unused)), Syntax.Argument(Sender(place), "httpClient") })));
        return VaultFix.ByHandler(Path, editor => editor.ReplaceNode(assignment, place.Generator.AssignmentStatement(place.Generator.MemberAccessExpression(place.Name(configuration), "StripeClient"), client).WithTriviaFrom(assignment)));
    }

    private static SyntaxNode Sender(KeyPlace place) => place.New("Stripe.SystemNetHttpClient", place.HttpClient(Path));
}
