using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Sanctum.Analyzers.CodeFixes;

/// <summary>A client that is registered: the header goes, and <c>UseSanctumCredential</c> comes after <c>AddHttpClient</c> or <c>ConfigureHttpClient</c>.</summary>
internal static class RegisteredClientFix
{
    private const string Use = "UseSanctumCredential";

    public static VaultFix? Find(KeyPlace place)
    {
        if (DefaultHeaders.Of(place) is not { } headers
            || headers.Expression.FirstAncestorOrSelf<LambdaExpressionSyntax>() is not { Parent: ArgumentSyntax { Parent: ArgumentListSyntax { Parent: InvocationExpressionSyntax call } list } argument } lambda
            || call.Expression is not MemberAccessExpressionSyntax { Name.Identifier.ValueText: "AddHttpClient" or "ConfigureHttpClient", Expression: var before } name
            || place.TypeOf(call)?.Name != "IHttpClientBuilder"
            || !place.TypeOf(call)!.ContainingNamespace.ToDisplayString().Equals("Microsoft.Extensions.DependencyInjection", StringComparison.Ordinal)
            || place.TypeOf("Microsoft.Extensions.DependencyInjection.SanctumHttpClientBuilderExtensions") is null
            || Without(lambda, headers) is not var (left, isEmpty))
        {
            return null;
        }

        var isAdded = name.Name.Identifier.ValueText == "AddHttpClient";
        var path = Paths.Of(NameOf(call) ?? "service");
        var configured = !isEmpty ? call.ReplaceNode(lambda, left!)
            : isAdded ? call.WithArgumentList(list.WithArguments(list.Arguments.Remove(argument)))
            : before;
        return VaultFix.ByRegistration(path, editor => editor.ReplaceNode(call, IsUsed(call) ? configured : Append(place, configured, path).WithTriviaFrom(call)));
    }

    // The lambda without the header; what did nothing else goes altogether. Null where the header is a part of something larger.
    private static (LambdaExpressionSyntax? Left, bool IsEmpty)? Without(LambdaExpressionSyntax lambda, DefaultHeaders headers) => lambda.Body switch
    {
        ExpressionSyntax body when body == headers.Expression => (null, true),
        BlockSyntax { Statements.Count: 1 } block when block.Statements[0] == headers.Statement => (null, true),
        BlockSyntax block when headers.Statement is { } statement && block.Statements.Contains(statement) => (lambda.RemoveNode(statement, SyntaxRemoveOptions.KeepNoTrivia), false),
        _ => null,
    };

    // The name that AddHttpClient is given, or that of the class, in this call or in those before it.
    private static string? NameOf(InvocationExpressionSyntax call)
    {
        for (ExpressionSyntax? at = call; at is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax member } one; at = member.Expression)
        {
            if (member.Name.Identifier.ValueText == "AddHttpClient")
            {
                return one.ArgumentList.Arguments.FirstOrDefault()?.Expression is LiteralExpressionSyntax { Token.Value: string text } ? text
                    : member.Name is GenericNameSyntax typed && typed.TypeArgumentList.Arguments.Last() is IdentifierNameSyntax type ? type.Identifier.ValueText
                    : null;
            }
        }

        return null;
    }

    private static bool IsUsed(InvocationExpressionSyntax call)
    {
        for (SyntaxNode at = call; at is { Parent: MemberAccessExpressionSyntax { Name.Identifier.ValueText: var name } member }; at = member.Parent!)
        {
            if (name == Use)
            {
                return true;
            }
        }

        return false;
    }

    private static SyntaxNode Append(KeyPlace place, ExpressionSyntax configured, string path) =>
        place.Generator.InvocationExpression(place.Generator.MemberAccessExpression(configured.WithoutTrivia(), Use), place.Generator.LiteralExpression(path));
}
