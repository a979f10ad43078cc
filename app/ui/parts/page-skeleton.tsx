import { BlockStack, Card, SkeletonBodyText, SkeletonPage } from '@shopify/polaris';

/** Stands where a page of the Console will be while it loads. */
export function PageSkeleton({ fullWidth = false }: { fullWidth?: boolean }) {
  return (
    <SkeletonPage primaryAction fullWidth={fullWidth}>
      <BlockStack gap="400">
        <Card>
          <SkeletonBodyText lines={3} />
        </Card>
        <Card>
          <SkeletonBodyText lines={12} />
        </Card>
      </BlockStack>
    </SkeletonPage>
  );
}
